/**
 * When a chart asks by itself for what is new: while its market is open, as soon as what it shows is no longer fresh;
 * once more after the close, for the final bar; then at the next opening. Never while nobody looks at it.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const LEAST_S = 5;
  const POOR_S = 15; // nothing newer could be had: twice as long each time
  const POOREST_S = 300; // and never less often while the market is open
  const CLOSING_S = 3600; // what is fresh for longer after the close is final already
  const LATER_S = 1;
  const MOST_S = 7 * 86400; // timers cannot count much further
  const SPREAD = 0.1; // so that many pages do not ask in the same second
  const SPREAD_S = 10;

  const longer = (seconds) => Math.min(seconds * 2 || POOR_S, POOREST_S);

  /**
   * @param {object} hooks
   * @param {() => boolean} hooks.ask put the question; false where it has to wait, for a gesture or for another question
   * @param {() => boolean} hooks.seen whether anybody looks, and the server can be reached
   * @param {{now: Function, after: Function, cancel: Function}} clock milliseconds
   * @param {() => number} random 0 to 1
   */
  function create({ ask, seen }, clock, random) {
    let timer = 0;
    let due = null;
    let open = false;
    let closing = false; // the final bar of the session is still to come
    let poor_s = 0;

    function wake() {
      clock.cancel(timer);
      if (due !== null && seen()) timer = clock.after(fire, Math.max(0, due - clock.now()));
    }

    function plan(seconds) {
      due = seconds === null || seconds > MOST_S ? null : clock.now() + 1000 * (seconds + random() * Math.min(SPREAD * seconds, SPREAD_S));
      wake();
    }

    function fire() {
      if (!seen()) return;
      const before = closing;
      due = null;
      closing = open;
      if (ask()) return;
      closing = before;
      plan(LATER_S);
    }

    /** After how many seconds something new can be had, null for never. */
    function pause({ stale, live: { open: is, fresh_s: fresh, opens_s: opens } }) {
      const poor = is && (stale || fresh <= 0);
      poor_s = poor ? longer(poor_s) : 0;
      if (poor) return poor_s;
      if (is || (closing && fresh < CLOSING_S)) return Math.min(Math.max(fresh, LEAST_S), POOREST_S);
      return opens;
    }

    return {
      /** An answer came: ask again when it is no longer fresh. @param {object} message */
      heard(message) {
        open = message.live.open;
        closing = closing || open;
        plan(pause(message));
      },
      /** Nobody answered the question. */
      missed() {
        poor_s = longer(poor_s);
        plan(poor_s);
      },
      /** No answer, or none of any use: who waits for the next one asks for it. */
      rest: () => plan(null),
      /** Somebody looks again, or no longer. */
      wake,
    };
  }

  if (typeof document !== 'undefined') {
    document.addEventListener('visibilitychange', () => window.chandlery.present().forEach((chart) => chart.live.wake()));
  }
  window.chandlery.live = { create };
})();
