/**
 * The trading-time axis in the browser: the same mapping as market/axis.py, bound to it by tests/cases/axis.json.
 *
 * x counts sessions: session i spans [i, i + 1); inside it x runs evenly over trading seconds. Breaks, nights,
 * weekends and holidays take no room. Ticks, crosshair, read-out, URL, keys and drawings map through here, so
 * that none of them waits for the server. Every call is a binary search and some arithmetic; nothing is allocated.
 */
(function () {
  'use strict';

  const DAY_S = 86400;
  const MONDAY_SHIFT = 3; // day 0 of the epoch was a Thursday

  window.chandlery = window.chandlery || {};

  /**
   * Spread a list of runs (value, count, value, count …) over a column.
   * @param {number[]} runs
   * @param {number} count
   * @returns {Float64Array}
   */
  function spread(runs, count) {
    const column = new Float64Array(count);
    let at = 0;
    for (let r = 0; r < runs.length; r += 2) {
      column.fill(runs[r], at, at + runs[r + 1]);
      at += runs[r + 1];
    }
    return column;
  }

  /**
   * Position of the first value that is >= the wanted one (column.length when there is none).
   * @param {ArrayLike<number>} column ascending
   * @param {number} wanted
   * @returns {number}
   */
  function lowerBound(column, wanted) {
    let low = 0;
    let high = column.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (column[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param {number} value @param {number} low @param {number} high */
  function clamp(value, low, high) {
    return Math.min(Math.max(value, low), high);
  }

  /**
   * First day of the day, week or month that a day lies in, and the first day after it.
   * @param {number} day days since 1970-01-01
   * @param {string} resolution D, W or M
   * @returns {[number, number]}
   */
  function periodDays(day, resolution) {
    if (resolution === 'D') return [day, day + 1];
    if (resolution === 'W') {
      const shifted = day + MONDAY_SHIFT;
      const monday = Math.floor(shifted / 7) * 7 - MONDAY_SHIFT;
      return [monday, monday + 7];
    }
    const date = new Date(day * DAY_S * 1000);
    const year = date.getUTCFullYear();
    const month = date.getUTCMonth();
    return [Date.UTC(year, month, 1) / 1000 / DAY_S, Date.UTC(year, month + 1, 1) / 1000 / DAY_S];
  }

  /**
   * Make an axis of the table that market.axis.TradingAxis.as_table gives.
   * @param {{name: string, timezone: string, note: string, version: string, count: number, day: number[],
   *   open: number[], close: number[], break_start: number[], break_end: number[]}} table
   */
  function create(table) {
    const count = table.count;
    const days = spread(table.day, count);
    const opens = spread(table.open, count);
    const closes = spread(table.close, count);
    const lunches = spread(table.break_start, count);
    const backs = spread(table.break_end, count);
    for (let i = 0; i < count; i += 1) {
      if (i > 0) days[i] += days[i - 1];
      const midnight = days[i] * DAY_S;
      opens[i] += midnight;
      closes[i] += midnight;
      lunches[i] += midnight;
      backs[i] += midnight;
    }

    /** Seconds that session i trades. */
    function tradingSeconds(i) {
      return closes[i] - opens[i] - (backs[i] - lunches[i]);
    }

    /** The last session to open at or before a second; 0 before the first. */
    function sessionAt(seconds) {
      const next = lowerBound(opens, seconds);
      return Math.max(next < count && opens[next] === seconds ? next : next - 1, 0);
    }

    /**
     * Where a moment lies.
     * @param {number} seconds UTC
     * @returns {number} x in [0, count]
     */
    function xOfTime(seconds) {
      const i = sessionAt(seconds);
      const rest = clamp(seconds - lunches[i], 0, backs[i] - lunches[i]);
      const length = tradingSeconds(i);
      return i + clamp(seconds - opens[i] - rest, 0, length) / length;
    }

    /**
     * The moment at a position, to the second; a whole x is the open of that session, the end the last close.
     * @param {number} x clamped to [0, count]
     * @returns {number} UTC seconds
     */
    function timeOfX(x) {
      const held = clamp(x, 0, count);
      let i = Math.min(Math.floor(held), count - 1);
      let elapsed = Math.floor((held - i) * tradingSeconds(i) + 0.5);
      if (elapsed >= tradingSeconds(i) && i < count - 1) {
        i += 1;
        elapsed = 0;
      }
      const afterLunch = elapsed >= lunches[i] - opens[i];
      return opens[i] + elapsed + (afterLunch ? backs[i] - lunches[i] : 0);
    }

    /** Centre of an intraday bar of so many seconds. */
    function intradayX(seconds, step) {
      const i = sessionAt(seconds);
      const open = opens[i];
      const lunch = lunches[i];
      const back = backs[i];
      const resting = lunch <= seconds && seconds < back;
      if (!(open <= seconds && seconds < closes[i]) || resting) return xOfTime(seconds);
      if (back === lunch) {
        return i + (Math.floor((seconds - open) / step) + 0.5) / Math.ceil((closes[i] - open) / step);
      }
      const morning = Math.ceil((lunch - open) / step);
      const bars = morning + Math.ceil((closes[i] - back) / step);
      const k =
        seconds >= back ? morning + Math.floor((seconds - back) / step) : Math.floor((seconds - open) / step);
      return i + (k + 0.5) / bars;
    }

    /**
     * Centre of a bar. One that the calendar has no room for sits on the following boundary.
     * @param {number} seconds UTC start of the bar; from D on midnight UTC of a date of the period
     * @param {string} resolution 1 5 15 30 60 D W M
     * @returns {number} x
     */
    function barX(seconds, resolution) {
      if (resolution === 'D' || resolution === 'W' || resolution === 'M') {
        const [first, after] = periodDays(Math.floor(seconds / DAY_S), resolution);
        return (lowerBound(days, first) + lowerBound(days, after)) / 2;
      }
      const minutes = Number(resolution);
      if (!(minutes > 0)) throw new RangeError('unknown resolution: ' + resolution);
      return intradayX(seconds, minutes * 60);
    }

    return Object.freeze({
      name: table.name,
      timezone: table.timezone,
      note: table.note,
      version: table.version,
      count,
      xOfTime,
      timeOfX,
      barX,
      /** Index of the session that x lies in, clamped to the axis. @param {number} x */
      sessionOf: (x) => clamp(Math.floor(x), 0, count - 1),
      /** Index of the first session on or after a day; count when there is none. @param {number} day */
      sessionOfDay: (day) => lowerBound(days, day),
      /** Exchange date of session i, in days since 1970-01-01. @param {number} i */
      day: (i) => days[i],
      /** Exchange date of session i, as "2025-01-31". @param {number} i */
      date: (i) => new Date(days[i] * DAY_S * 1000).toISOString().slice(0, 10),
      /** UTC seconds. @param {number} i */
      open: (i) => opens[i],
      /** UTC seconds. @param {number} i */
      close: (i) => closes[i],
      /** UTC seconds of the lunch break, both equal where there is none. @param {number} i */
      breakStart: (i) => lunches[i],
      /** @param {number} i */
      breakEnd: (i) => backs[i],
    });
  }

  window.chandlery.axis = Object.freeze({ create, lowerBound });
})();
