/**
 * Whether the server can be reached. The browser's own word counts at once; when a question is slow, the server is
 * asked whether it is there at all. What is on the screen stays; when the connection is back, or the person after a
 * while, charts ask again.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const PROBE_TIMEOUT_MS = 4000;
  const RETRY_MS = 2000;
  const OLD_MS = 5 * 60000; // whoever was away for so long wants to see what is new
  const MOST_S = 86400;
  const SPREAD = 0.1; // so that many pages do not ask in the same second
  const MOST_SENT = 5; // times; who breaks off each time while the server is there will not have it
  const GATEWAYS = [502, 503, 504]; // the answers of what stands before a server that is being restarted
  const ASKED = -1;
  const DUE = -2;

  let gone = false;
  let probing = null;
  let timer = 0;
  let left = null;
  const waiting = []; // who goes on once the server is there again
  const pending = new WeakMap(); // charts whose source has failed: the timer of their next question, DUE where nobody looks, ASKED after it

  /** Tell the charts; those that come back ask again, but for one that has just been answered. */
  function tell(is, answered) {
    if (gone === is) return;
    gone = is;
    document.documentElement.toggleAttribute('data-server-gone', is);
    if (!is) waiting.splice(0).forEach((go) => go());
    window.chandlery.present().forEach((chart) => {
      chart.offline(is);
      if (!is && chart !== answered) chart.refresh();
    });
  }

  async function reachable() {
    try {
      await fetch('/health', { cache: 'no-store', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
      return true; // any answer will do: a server that is unwell says so itself
    } catch {
      return false;
    }
  }

  /** Ask the server, once at a time; while it is gone, again and again. */
  function probe() {
    clearTimeout(timer);
    probing =
      probing ||
      reachable().then((there) => {
        probing = null;
        tell(!there);
        // A browser that knows itself offline says when it no longer is.
        if (!there && window.navigator.onLine) timer = setTimeout(probe, RETRY_MS);
        return there;
      });
    return probing;
  }

  window.addEventListener('offline', () => {
    clearTimeout(timer);
    tell(true);
  });
  window.addEventListener('online', probe);

  /** Wait until the server is there. */
  const back = async () => (await probe()) || new Promise((go) => waiting.push(go));

  /**
   * How callbacks end. Dash only logs one that failed, so nobody would know before patience is at its end; a chart that
   * waits is told at once, and asks anew when it may. On a page without charts nobody would ask again: what did not
   * reach the server is sent once more when it is there, and what a gateway has answered a little later.
   */
  const plain = window.fetch;
  window.fetch = async (...request) => {
    const address = String(request[0] && request[0].url ? request[0].url : request[0]);
    if (!address.includes('/_dash-update-component')) return plain(...request);
    for (let left = MOST_SENT - 1; ; left -= 1) {
      try {
        const answer = await plain(...request);
        if (answer.ok) return answer;
        const charts = window.chandlery.present();
        charts.forEach((chart) => chart.failed());
        if (charts.length || !left || !GATEWAYS.includes(answer.status)) return answer;
        const pause = RETRY_MS * 2 ** (MOST_SENT - 1 - left); // half a minute in all: a container takes its time to start
        await new Promise((go) => setTimeout(go, pause));
      } catch (error) {
        const charts = window.chandlery.present();
        charts.forEach((chart) => chart.failed());
        const there = back();
        if (charts.length || !left) throw error;
        await there;
      }
    }
  };

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) left = Date.now();
    else {
      const old = left !== null && Date.now() - left >= OLD_MS;
      left = null;
      for (const chart of window.chandlery.present()) {
        if (pending.get(chart) === DUE) ask(chart);
        else if (old) chart.refresh();
      }
    }
  });

  /** Ask for what has failed, once somebody sees it. */
  function ask(chart) {
    pending.set(chart, document.hidden ? DUE : ASKED);
    if (!document.hidden) chart.refresh();
  }

  /**
   * A source has failed: ask again by itself once it may be asked, and not a second time before it has answered.
   * @returns {number} after how many seconds, a little more than it was told; 0 if not
   */
  function later(chart, seconds) {
    const before = pending.get(chart);
    if (before === ASKED || !(seconds > 0)) return 0;
    clearTimeout(before);
    const after = Math.min(seconds, MOST_S) * (1 + SPREAD * Math.random());
    pending.set(chart, setTimeout(() => ask(chart), after * 1000));
    return after;
  }

  /** A chart has its answer: nothing more is to be asked for it. */
  function settled(chart) {
    clearTimeout(pending.get(chart));
    pending.delete(chart);
  }

  window.chandlery.connection = {
    /** The person goes on with what is there: what has failed is not asked for again behind their back. */
    leave(chart) {
      if (!(pending.get(chart) > 0)) return false;
      settled(chart);
      return true;
    },
    /** Something takes long: find out whether anybody is there. */
    suspect: probe,
    /** An answer came to a chart, or the error of its source, which is told when the page asks again. */
    alive(chart, error) {
      if (error) error.again_s = later(chart, error.retry_after_s);
      else settled(chart);
      clearTimeout(timer);
      tell(false, chart);
    },
    get gone() {
      return gone;
    },
  };
})();
