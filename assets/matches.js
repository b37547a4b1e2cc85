/**
 * The matches of a typed text: looking them up, which of them Enter means, and where the arrow keys lead.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const WAIT_MS = 60;
  const PATIENCE_MS = 1000; // what Enter waits for matches
  const LONGEST = 64; // what the server takes

  /** The row that an arrow key leads to: one beyond the last, as before the first, is none (-1). */
  function step(key, active, count) {
    const places = count + 1;
    return ((active + 1 + (key === 'ArrowDown' ? 1 : places - 1)) % places) - 1;
  }

  /** A ticker in its one spelling, as market/ticker.py has it. */
  const spelt = (text) => text.trim().toUpperCase().replace(/^([A-Z]{1,5})-([A-Z])$/, '$1.$2');

  /** A name without what does not count in it: capitals, accents, punctuation, spaces. */
  const folded = (name) => name.normalize('NFKD').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

  /**
   * Which match a text means: the ticker that is the text, else the first whose ticker or company begins with it
   * (a company with two letters of it at least), else none (-1): then the text itself is meant.
   * @param {{ticker: string, name: string}[]} rows the best first @param {string} text
   */
  function best(rows, text) {
    const ticker = spelt(text);
    const name = folded(text);
    if (!ticker) return -1;
    const exact = rows.findIndex((row) => row.ticker === ticker);
    if (exact >= 0) return exact;
    const named = (row) => name.length > 1 && folded(row.name).startsWith(name);
    return rows.findIndex((row) => row.ticker.startsWith(ticker) || named(row));
  }

  /**
   * Looks texts up, one after the other; what comes for an older text than the newest is dropped.
   * @param {(text: string) => Promise<object[]>} get may fail, which finds nothing
   * @param {(rows: object[]) => void} found
   * @param {{after: Function, cancel: Function}} clock
   */
  function finder(get, found, clock) {
    let newest = 0;
    let rows = []; // of the newest text
    let send = null; // the question that is still to be sent
    let under = false; // whether the newest text has no answer yet
    let waiting = null;
    const timers = { send: null, patience: null };

    function stop() {
      newest += 1;
      rows = [];
      send = null;
      under = false;
      waiting = null;
      Object.values(timers).forEach((timer) => clock.cancel(timer));
    }

    function told(mine, answer) {
      if (mine !== newest) return;
      const then = waiting;
      clock.cancel(timers.patience);
      [rows, under, waiting] = [answer, false, null];
      found(rows);
      if (then) then(rows);
    }

    function ask(text) {
      stop();
      const mine = newest;
      const wanted = text.trim();
      if (!wanted || wanted.length > LONGEST) {
        told(mine, []);
        return;
      }
      under = true;
      send = () => {
        send = null;
        get(wanted).then((answer) => told(mine, answer), () => told(mine, []));
      };
      timers.send = clock.after(() => send && send(), WAIT_MS);
    }

    /** Call ``then`` once with the matches of the newest text: now, when they come, or with none after a while. */
    function settle(then) {
      if (!under) {
        then(rows);
        return;
      }
      waiting = then;
      timers.patience = clock.after(() => {
        stop();
        then([]);
      }, PATIENCE_MS);
      if (send) send();
    }

    return { ask, stop, settle, waits: () => waiting !== null };
  }

  window.chandlery.matches = { step, best, finder };
})();
