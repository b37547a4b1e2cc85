/**
 * How a chart asks for candles: one question in flight, the latest wins, and most looks ask nothing.
 *
 * A question is written into the chart's viewport Store, which is the only thing that the server's callback takes.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const DEBOUNCE_MS = 120;
  const SLOW_MS = 1500;
  const PATIENCE_MS = 9000; // the server's own deadline is 5 s; after this, nobody is going to answer

  /**
   * @param {object} hooks
   * @param {(question: object) => void} hooks.send writes the Store
   * @param {() => void} hooks.changed the asking state changed
   * @param {() => void} hooks.slow an answer takes longer than a healthy server does
   * @param {(question: object) => void} hooks.lost no answer came, in time or at all
   * @param {{now: Function, after: Function, cancel: Function}} clock
   */
  function create(hooks, clock) {
    let seq = 0;
    let flying = null;
    let waiting = null;
    let pending = 0;
    let patience = 0;
    let slow = 0;

    /** No answer is to come of the question under way. */
    function giveUp() {
      if (!flying) return;
      const question = flying;
      clock.cancel(patience);
      clock.cancel(slow);
      flying = null;
      if (next()) return;
      hooks.changed();
      hooks.lost(question);
    }

    /** Put a question under way, and give it up when nobody answers. */
    function depart(question) {
      clock.cancel(patience);
      clock.cancel(slow);
      seq += 1;
      flying = { ...question, seq };
      slow = clock.after(hooks.slow, SLOW_MS);
      patience = clock.after(giveUp, PATIENCE_MS);
      hooks.changed();
      return flying;
    }

    function fly(question) {
      hooks.send(depart(question));
    }

    /** Send what waits, if anything does. */
    function next() {
      if (!waiting) return false;
      const question = waiting;
      waiting = null;
      fly(question);
      return true;
    }

    function cancel() {
      clock.cancel(pending);
      pending = 0;
    }

    return {
      /** Ask now (a click), or soon (a pan that is not over yet). The newest question replaces one that waits. */
      ask(question, { soon = false } = {}) {
        cancel();
        if (soon) {
          pending = clock.after(() => this.ask(question), DEBOUNCE_MS);
          hooks.changed();
        } else if (flying && !flying.quiet) {
          waiting = question;
        } else {
          fly(question);
        }
      },
      /**
       * Ask although nobody waits for it: only where nothing else is asked, and a person's question goes before it.
       * @returns {boolean} whether it was asked
       */
      quietly(question) {
        if (flying || pending) return false;
        fly({ ...question, quiet: true });
        return true;
      },
      /** The first question of a chart, which the page itself puts into the Store. */
      begin(question) {
        return depart(question);
      },
      /** An answer came: return the question that it answers, or null when it is late. */
      arrived(answer) {
        if (!flying || answer.seq !== flying.seq) return null;
        const question = flying;
        clock.cancel(patience);
        clock.cancel(slow);
        flying = null;
        if (!next()) hooks.changed();
        return question;
      },
      /** Give up waiting. */
      fail: giveUp,
      /** Drop a question that has not been sent. */
      hush() {
        if (!pending && !waiting) return;
        cancel();
        waiting = null;
        hooks.changed();
      },
      /** Whether a question that somebody waits for is under way or about to be. */
      get asking() {
        return Boolean((flying && !flying.quiet) || pending);
      },
      /** Whether the question under way is one that nobody waits for. */
      get quiet() {
        return Boolean(flying && flying.quiet);
      },
    };
  }

  /**
   * Whether the candles at hand still do for a window.
   * @param {number[]} keep [low, high, least span, most span] as the server gave it
   */
  function covers(keep, low, high) {
    const span = high - low;
    return low >= keep[0] && high <= keep[1] && span >= keep[2] * 0.999 && span <= keep[3] * 1.001;
  }

  window.chandlery.viewport = { create, covers };
})();
