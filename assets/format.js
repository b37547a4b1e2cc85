/**
 * Numbers and times for people: prices, changes, volumes, ages, and the time zone of the exchange.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const MINUS = '\u2212';
  const DAY_S = 86400;
  const clocks = new Map();

  /** Two decimals from 1 upwards, four below; ``like`` is a price whose decimals are to be used instead. */
  function price(value, like = value) {
    if (!Number.isFinite(value)) return '–';
    const digits = Math.abs(like) >= 1 ? 2 : 4;
    return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  /** A signed number with a true minus. @param {number} value @param {(v: number) => string} show */
  function signed(value, show) {
    if (value === 0) return show(0);
    return (value < 0 ? MINUS : '+') + show(Math.abs(value));
  }

  /** "−10.93 (−2.48 %)"; one decimal from 10 % upwards. @param {number} from @param {number} to */
  function change(from, to) {
    if (!(from > 0)) return '';
    const percent = (100 * (to - from)) / from;
    const digits = Math.abs(percent) >= 10 ? 1 : 2;
    return `${signed(to - from, (v) => price(v, to))} (${signed(percent, (v) => v.toFixed(digits))} %)`;
  }

  /** "19.7 M", "546 K". @param {number} value */
  function volume(value) {
    for (const [size, letter] of [[1e12, 'T'], [1e9, 'B'], [1e6, 'M'], [1e3, 'K']]) {
      if (value >= size) {
        const scaled = value / size;
        return `${scaled >= 100 ? scaled.toFixed(0) : scaled.toFixed(1)} ${letter}`;
      }
    }
    return String(value);
  }

  /** A formatter, made once for a zone and a shape. */
  function clock(timezone, options) {
    const key = timezone + JSON.stringify(options);
    if (!clocks.has(key)) {
      clocks.set(key, new Intl.DateTimeFormat('en-GB', { timeZone: timezone, hour12: false, ...options }));
    }
    return clocks.get(key);
  }

  /** "Fri 1 Mar 2013". @param {number} seconds UTC */
  function day(seconds, timezone) {
    const shape = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' };
    return clock(timezone, shape).format(seconds * 1000).replace(',', '');
  }

  /** "14:30" in the exchange's zone. @param {number} seconds UTC */
  function time(seconds, timezone) {
    return clock(timezone, { hour: '2-digit', minute: '2-digit' }).format(seconds * 1000);
  }

  /** The label of a bar: a date for D, W and M (they carry midnight UTC), else date and time of the exchange. */
  function bar(seconds, resolution, timezone) {
    if (Number.isNaN(Number(resolution))) return day(seconds, 'UTC');
    return `${day(seconds, timezone)} ${time(seconds, timezone)}`;
  }

  /** "just now", "4 min ago", "3 h ago", "2 days ago". @param {number} seconds */
  function age(seconds) {
    if (seconds < 60) return 'just now';
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < DAY_S) return `${Math.floor(seconds / 3600)} h ago`;
    const days = Math.floor(seconds / DAY_S);
    return days === 1 ? '1 day ago' : `${days} days ago`;
  }

  /** "New York" of "America/New_York". */
  function zoneName(timezone) {
    return timezone.split('/').pop().replace(/_/g, ' ');
  }

  /** ISO text without fractions, "2013-03-01T14:30:00Z". @param {number} seconds UTC */
  function iso(seconds) {
    return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  }

  window.chandlery.format = { price, change, volume, day, time, bar, age, zoneName, iso };
})();
