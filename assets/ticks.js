/**
 * Ticks of the trading-time axis: as little as is unambiguous. Year at January, month, day, time of day.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const DAY_S = 86400;
  const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  const MINUTES = [5, 10, 15, 30, 60, 120, 180];

  /** What a session's date belongs to, per step, coarsest last: [name, (date) => number]. */
  const STEPS = [
    [1, (d) => Math.floor(d.getTime() / 1000 / DAY_S)],
    [5, (d) => Math.floor((d.getTime() / 1000 / DAY_S + 3) / 7)],
    [10.5, (d) => monthOf(d) * 2 + (d.getUTCDate() > 15 ? 1 : 0)],
    [21, monthOf],
    [63, (d) => Math.floor(monthOf(d) / 3)],
    [126, (d) => Math.floor(monthOf(d) / 6)],
    [252, (d) => d.getUTCFullYear()],
    [504, (d) => Math.floor(d.getUTCFullYear() / 2)],
    [1260, (d) => Math.floor(d.getUTCFullYear() / 5)],
  ];

  function monthOf(date) {
    return date.getUTCFullYear() * 12 + date.getUTCMonth();
  }

  function dateOf(axis, i) {
    return new Date(axis.day(i) * DAY_S * 1000);
  }

  /** "2013" for the first session of a year, "Feb" for that of a month, "14" otherwise. */
  function sessionLabel(axis, i, withDay) {
    const date = dateOf(axis, i);
    const before = i > 0 ? dateOf(axis, i - 1) : new Date(0);
    if (date.getUTCFullYear() !== before.getUTCFullYear()) return String(date.getUTCFullYear());
    if (date.getUTCMonth() !== before.getUTCMonth()) return MONTHS[date.getUTCMonth()];
    return withDay ? `${date.getUTCDate()}` : MONTHS[date.getUTCMonth()];
  }

  function sessionTicks(axis, low, high, most) {
    const span = high - low;
    const [size, part] = STEPS.find(([step]) => span / step <= most) || STEPS[STEPS.length - 1];
    // One more window on either side, so that dragging does not run out of ticks.
    const from = Math.max(0, Math.floor(low - span));
    const to = Math.min(axis.count - 1, Math.ceil(high + span));
    const values = [];
    const texts = [];
    let last = from > 0 ? part(dateOf(axis, from - 1)) : NaN;
    for (let i = from; i <= to; i += 1) {
      const group = part(dateOf(axis, i));
      if (group !== last) {
        values.push(i);
        texts.push(sessionLabel(axis, i, size < 21));
      }
      last = group;
    }
    return { values, texts };
  }

  function intradayTicks(axis, low, high, most, timezone) {
    const span = high - low;
    const from = Math.max(0, Math.floor(low - span));
    const to = Math.min(axis.count - 1, Math.ceil(high + span));
    const length = axis.close(Math.floor(Math.max(low, 0))) - axis.open(Math.floor(Math.max(low, 0)));
    const step = 60 * (MINUTES.find((m) => (span * length) / 60 / m <= most) || 180);
    const values = [];
    const texts = [];
    for (let i = from; i <= to; i += 1) {
      values.push(i);
      texts.push(`${dateOf(axis, i).getUTCDate()} ${MONTHS[dateOf(axis, i).getUTCMonth()]}`);
      const first = Math.ceil((axis.open(i) + 1) / step) * step;
      for (let t = first; t < axis.close(i); t += step) {
        const x = axis.xOfTime(t);
        if ((x - i) * most > span && (i + 1 - x) * most > span * 0.7) {
          values.push(x);
          texts.push(window.chandlery.format.time(t, timezone));
        }
      }
    }
    return { values, texts };
  }

  /**
   * Ticks for the window [low, high] and one window on either side.
   * @param {object} axis of chandlery.axis.create
   * @param {number} width pixels of the window
   * @returns {{values: number[], texts: string[]}}
   */
  function make(axis, low, high, width, timezone) {
    const most = Math.max(2, width / 72);
    if (high - low > most * 0.6) return sessionTicks(axis, low, high, most);
    return intradayTicks(axis, low, high, most, timezone);
  }

  window.chandlery.ticks = { make };
})();
