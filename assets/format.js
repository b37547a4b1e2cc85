/**
 * Numbers and times for people: prices, changes, volumes, ages, and the time zone of the exchange. What is no number,
 * or cannot be one of its kind, is "–". The words do not depend on the browser's language or its version of them.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const MINUS = '\u2212';
  const NOTHING = '–';
  const DAY_S = 86400;
  const MOST_DECIMALS = 10;
  const LAST_S = 8.64e12; // of what a Date can hold
  const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  const SIZES = [[1e3, 'K'], [1e6, 'M'], [1e9, 'B'], [1e12, 'T']]; // prettier-ignore
  const QUARTER_S = 900; // clocks change on quarters of an hour
  const MOST_QUARTERS = 20000;
  const clocks = new Map();

  /** "12,500.00", "−5": a number with so many decimals. @param {number} value @param {number} digits */
  function number(value, digits) {
    if (!Number.isFinite(value)) return NOTHING;
    const [whole, rest] = Math.abs(value).toFixed(digits).split('.');
    const grouped = whole.length > 3 ? whole.replace(/\B(?=(\d{3})+$)/g, ',') : whole;
    const text = rest ? `${grouped}.${rest}` : grouped;
    return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
  }

  /** Two decimals from 1 upwards, four below, and as many as four digits take below a hundredth. */
  function decimals(value) {
    const size = Math.abs(value);
    if (size >= 0.99995) return 2; // what rounds to 1.0000 is 1.00
    return size >= 0.01 || !(size > 0) ? 4 : Math.min(3 - Math.floor(Math.log10(size)), MOST_DECIMALS);
  }

  /** Two decimals from 1 upwards, four below or more; ``like`` is a price whose decimals are to be used instead. */
  function price(value, like = value) {
    return value >= 0 ? number(value, decimals(like)) : NOTHING;
  }

  /**
   * A price on the axis, of the crosshair or the last price: at least as precise as prices are, and as the ticks.
   * Unlike a price it may be negative: the pointer can be below zero.
   * @param {number} value @param {number} ticks decimals of the ticks beside it, see scale.ticks
   */
  function label(value, ticks = 0) {
    return number(value, Math.max(Math.min(decimals(value), 4), ticks));
  }

  /** A signed number with a true minus; what rounds to nothing has no sign. @param {(v: number) => string} show */
  function signed(value, show) {
    const text = show(Math.abs(value));
    if (!/[1-9]/.test(text)) return text;
    return (value < 0 ? MINUS : '+') + text;
  }

  /** "+0.42", "−1": a score with its sign. @param {number} value @param {number} digits */
  const score = (value, digits) => (Number.isFinite(value) ? signed(value, (v) => number(v, digits)) : NOTHING);

  /** "−10.93 (−2.48 %)"; one decimal from 10 % upwards. @param {number} from @param {number} to */
  function change(from, to) {
    if (!(from > 0 && to >= 0 && Number.isFinite(from) && Number.isFinite(to))) return NOTHING;
    return `${signed(to - from, (v) => price(v, to))} (${percent((100 * (to - from)) / from)})`;
  }

  /** "−2.48 %", "+12.3 %"; one decimal from 10 % upwards. @param {number} value of a hundred */
  function percent(value) {
    if (!Number.isFinite(value)) return NOTHING;
    const digits = Math.abs(value) >= 9.995 ? 1 : 2;
    return `${signed(value, (v) => number(v, digits))} %`;
  }

  /** Three significant digits of a number from 1 upwards; all of those before the point. */
  function three(value) {
    return number(value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
  }

  /** "19.7 M", "546 K", "1.02 B": three significant digits; whole numbers below 1,000 as they are. */
  function volume(value) {
    if (!(value >= 0 && Number.isFinite(value))) return NOTHING;
    if (value < 999.5) {
      if (Number.isInteger(value)) return String(value);
      return value >= 1 ? three(value) : String(Number(value.toFixed(4)));
    }
    // 999,950 is 1.00 M: what rounds up to the next size belongs there.
    const [size, letter] = SIZES.find(([at]) => value / at < 999.5) || SIZES[SIZES.length - 1];
    return `${three(value / size)} ${letter}`;
  }

  /** A clock of a zone: UTC seconds in, its offset out. Making a formatter is slow, asking it is not fast either. */
  function clockOf(timezone) {
    const shape = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' };
    const formatter = new Intl.DateTimeFormat('en-US', { timeZone: timezone, hourCycle: 'h23', ...shape });
    const asked = new Map();
    return (quarter) => {
      let known = asked.get(quarter);
      if (known === undefined) {
        const ms = quarter * QUARTER_S * 1000;
        const parts = {};
        for (const { type, value } of formatter.formatToParts(ms)) parts[type] = Number(value);
        known = (Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute) - ms) / 1000;
        if (asked.size > MOST_QUARTERS) asked.clear();
        asked.set(quarter, known);
      }
      return known;
    };
  }

  /**
   * Seconds that a zone's clock is ahead of UTC.
   * @param {number} seconds UTC @param {string} timezone
   */
  function offset(seconds, timezone) {
    if (timezone === 'UTC') return 0;
    if (!clocks.has(timezone)) clocks.set(timezone, clockOf(timezone));
    return clocks.get(timezone)(Math.floor(seconds / QUARTER_S));
  }

  /** A moment as a Date whose UTC parts are the zone's, null when it is none. */
  function local(seconds, timezone) {
    if (!(Math.abs(seconds) < LAST_S)) return null;
    return new Date((seconds + offset(seconds, timezone)) * 1000);
  }

  function dateText(date) {
    return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  }

  /** "Fri 1 Mar 2013". @param {number} seconds UTC */
  function day(seconds, timezone) {
    const date = local(seconds, timezone);
    return date ? `${WEEKDAYS[date.getUTCDay()]} ${dateText(date)}` : NOTHING;
  }

  /** "1 Mar 2000" of "2000-03-01". @param {string} text ISO date; a time after it is not looked at */
  function date(text) {
    const found = /^\d{4}-\d{2}-\d{2}(?=$|T)/.exec(text);
    const moment = found ? new Date(`${found[0]}T00:00:00Z`) : null;
    const real = moment && Number.isFinite(moment.getTime()) && moment.toISOString().startsWith(found[0]);
    return real ? dateText(moment) : NOTHING;
  }

  /** "14:30" in the exchange's zone. @param {number} seconds UTC */
  function time(seconds, timezone) {
    const at = local(seconds, timezone);
    return at ? at.toISOString().slice(-13, -8) : NOTHING;
  }

  /**
   * The label of a bar: a date, "Week of 25 Feb 2013" or "Mar 2013" (they carry midnight UTC), else date and time of
   * the exchange.
   */
  function bar(seconds, resolution, timezone) {
    if (!(Math.abs(seconds) < LAST_S)) return NOTHING;
    const then = new Date(seconds * 1000);
    if (resolution === 'M') return `${MONTHS[then.getUTCMonth()]} ${then.getUTCFullYear()}`;
    if (resolution === 'W') return `Week of ${dateText(then)}`;
    if (Number.isNaN(Number(resolution))) return day(seconds, 'UTC');
    return `${day(seconds, timezone)} ${time(seconds, timezone)}`;
  }

  /** "just now", "4 min ago", "3 h ago", "2 days ago". @param {number} seconds */
  function age(seconds) {
    if (!(seconds >= 0 && Number.isFinite(seconds))) return NOTHING;
    if (seconds < 60) return 'just now';
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < DAY_S) return `${Math.floor(seconds / 3600)} h ago`;
    const days = Math.floor(seconds / DAY_S);
    return days === 1 ? '1 day ago' : `${days} days ago`;
  }

  /** "14:12" of today or "1 Mar 2013", in the reader's own zone. @param {number} seconds UTC */
  function moment(seconds) {
    const then = new Date(seconds * 1000);
    if (then.toDateString() !== new Date().toDateString()) return `${then.getDate()} ${MONTHS[then.getMonth()]} ${then.getFullYear()}`;
    return `${String(then.getHours()).padStart(2, '0')}:${String(then.getMinutes()).padStart(2, '0')}`;
  }

  /** "New York" of "America/New_York". */
  function zoneName(timezone) {
    return timezone.split('/').pop().replace(/_/g, ' ');
  }

  /** ISO text without fractions, "2013-03-01T14:30:00Z". @param {number} seconds UTC */
  function iso(seconds) {
    if (!(Math.abs(seconds) < LAST_S)) return NOTHING;
    return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  }

  window.chandlery.format = {
    ...{ number, price, label, change, percent, score, volume },
    ...{ offset, day, date, time, bar, age, moment, zoneName, iso, months: MONTHS },
  };
})();
