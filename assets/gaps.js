/**
 * Bars that should be there and are not: halts, minutes without a trade, days that a source lacks. They keep their
 * place on the axis, and the stage hatches it.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  /** How many bars of so many seconds a session has; lunch breaks have none. */
  function barsOf(axis, session, step) {
    const lunch = axis.breakStart(session);
    const back = axis.breakEnd(session);
    const morning = Math.ceil(((back > lunch ? lunch : axis.close(session)) - axis.open(session)) / step);
    return back > lunch ? morning + Math.ceil((axis.close(session) - back) / step) : morning;
  }

  /**
   * Stretches of the axis between two bars, [from, to] in x, that would hold at least one more bar.
   * @param {object} bars of chandlery.bars.create @param {object} axis
   * @param {string} resolution weeks and months have no holes: a week without a session has no place on the axis
   * @returns {number[][]}
   */
  function find(bars, axis, resolution) {
    if (resolution === 'W' || resolution === 'M') return [];
    const step = Number(resolution) * 60;
    const halfSlot = (x) => (resolution === 'D' ? 0.5 : 0.5 / barsOf(axis, axis.sessionOf(x), step));
    const gaps = [];
    for (let i = 1; i < bars.n; i += 1) {
      const before = halfSlot(bars.x[i - 1]);
      const after = halfSlot(bars.x[i]);
      const from = bars.x[i - 1] + before;
      const to = bars.x[i] - after;
      if (to - from > Math.min(before, after)) gaps.push([from, to]);
    }
    return gaps;
  }

  window.chandlery.gaps = { find };
})();
