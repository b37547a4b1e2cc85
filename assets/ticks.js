/**
 * Ticks of the trading-time axis: as little as is unambiguous. Year at January, month, day, time of day.
 *
 * Which sessions are labelled follows from the calendar and the zoom alone, never from the window's edges, so labels
 * stand still while a person pans. Coarser units (majors) are placed first; what comes too near to one is left out.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const DAY_S = 86400;
  const MONTH_DAYS = 365.2425 / 12;
  const MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720];
  const SHIFT_S = 1800; // offsets of zones change by this or a multiple of it
  const DAY_EDGES = ['30 Sep', '30 Sep']; // labels of a session and the next, as wide as they usually get
  const PITCH_PX = 60; // ticks of one step are at least about so far apart
  const CHARACTER_PX = 6.6; // 12 px tabular sans
  const AIR_PX = 16;
  const MOST_SESSIONS = 12; // with more on the screen, separators would be a fence

  /** Steps of one month or more; the last fits any axis into the narrowest chart. */
  const STEP_MONTHS = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200];
  /** Steps below: how many sessions they take (of so many a day), and which of a month's are ticks beside its first. */
  const WITHIN_MONTH = [
    { size: () => 1, pick: (axis, start, after) => every(1, start, after) },
    { size: () => 2, pick: (axis, start, after) => every(2, start, after) },
    { size: (density) => 7 * density, pick: weeks },
    { size: (density) => (MONTH_DAYS / 2) * density, pick: middle },
  ];

  const known = new WeakMap();

  function every(step, start, after) {
    const picked = [];
    for (let i = start + step; i < after; i += step) picked.push(i);
    return picked;
  }

  /** First sessions of weeks. */
  function weeks(axis, start, after) {
    const week = (i) => Math.floor((axis.day(i) + 3) / 7);
    const picked = [];
    for (let i = start + 1; i < after; i += 1) if (week(i) !== week(i - 1)) picked.push(i);
    return picked;
  }

  /** The first session from the 16th on. */
  function middle(axis, start, after, firstDay) {
    const i = axis.sessionOfDay(firstDay + 15);
    return i > start && i < after ? [i] : [];
  }

  /** Seconds that session i trades. */
  function tradingSeconds(axis, i) {
    return axis.close(i) - axis.open(i) - (axis.breakEnd(i) - axis.breakStart(i));
  }

  /**
   * What has to be known of an axis, worked out once: where its months start (session, day number, year * 12 + month),
   * how many sessions a day has on average, and the sessions that decide on steps within a day (longest, most usual).
   */
  function factsOf(axis) {
    if (known.has(axis)) return known.get(axis);
    const facts = { starts: [], numbers: [], firstDays: [], density: 0, samples: [], zoom: '', step: 0 };
    const last = axis.count - 1;
    const begin = new Date(axis.day(0) * DAY_S * 1000);
    for (let month = begin.getUTCFullYear() * 12 + begin.getUTCMonth(); ; month += 1) {
      const firstDay = Date.UTC(Math.floor(month / 12), month % 12, 1) / 1000 / DAY_S;
      const nextDay = Date.UTC(Math.floor(month / 12), (month % 12) + 1, 1) / 1000 / DAY_S;
      if (firstDay > axis.day(last)) break;
      const start = axis.sessionOfDay(firstDay);
      if (start === axis.sessionOfDay(nextDay)) continue; // a month without sessions
      facts.starts.push(start);
      facts.numbers.push(month);
      facts.firstDays.push(firstDay);
    }
    const lengths = new Map(); // how many sessions are so long, and one of them
    for (let i = 0; i <= last; i += 1) {
      const length = tradingSeconds(axis, i);
      lengths.set(length, [(lengths.get(length) || [0])[0] + 1, i]);
    }
    const longest = lengths.get(Math.max(...lengths.keys()));
    const usual = [...lengths.values()].reduce((most, some) => (some[0] > most[0] ? some : most));
    facts.samples = [longest[1], usual[1]];
    facts.density = axis.count / (axis.day(last) - axis.day(0) + 1);
    known.set(axis, facts);
    return facts;
  }

  /** Index into the months of the one that session i lies in. */
  function monthAt(facts, i) {
    return Math.max(window.chandlery.axis.lowerBound(facts.starts, i + 1) - 1, 0);
  }

  /** Pixels that a label takes, with air; an estimate, because measuring text takes a canvas. @param {string} text */
  function textWidth(text) {
    return text.length * CHARACTER_PX + AIR_PX;
  }

  function yearOf(month) {
    return Math.floor(month / 12);
  }

  /** "2013" when the year differs from the previous tick's, "Feb" when the month does, else "14". */
  function sessionText(month, previous, day) {
    if (yearOf(month) !== yearOf(previous)) return String(yearOf(month));
    return month === previous ? String(day) : window.chandlery.format.months[month % 12];
  }

  /** Candidates at steps of so many months: [session, month, day, ranks as major]. The whole axis: it has few. */
  function monthCandidates(facts, step) {
    const found = [];
    let group = NaN;
    facts.numbers.forEach((month, m) => {
      if (Math.floor(month / step) === group) return;
      const newYear = m === 0 || yearOf(month) !== yearOf(facts.numbers[m - 1]);
      found.push([facts.starts[m], month, 1, newYear || step >= 12]);
      group = Math.floor(month / step);
    });
    return { found, before: NaN };
  }

  /** Candidates at steps within months, from the month before session ``from`` to the one after ``to``. */
  function dayCandidates(axis, facts, pick, from, to) {
    const found = [];
    const first = Math.max(monthAt(facts, from) - 1, 0);
    const last = Math.min(monthAt(facts, to) + 1, facts.starts.length - 1);
    for (let m = first; m <= last; m += 1) {
      const [start, month, firstDay] = [facts.starts[m], facts.numbers[m], facts.firstDays[m]];
      found.push([start, month, axis.day(start) - firstDay + 1, true]);
      const after = m + 1 < facts.starts.length ? facts.starts[m + 1] : axis.count;
      for (const i of pick(axis, start, after, firstDay)) {
        found.push([i, month, axis.day(i) - firstDay + 1, false]);
      }
    }
    return { found, before: first > 0 ? facts.numbers[first - 1] : NaN };
  }

  /**
   * Label candidates and leave out what comes too near: majors push out minors. Each major begins afresh, so what
   * stays does not depend on where the list begins.
   */
  function thinned({ found, before }, px, gap) {
    const kept = [];
    for (const [i, month, day, major] of found) {
      let text = '';
      let free = false;
      for (;;) {
        const last = kept[kept.length - 1];
        text = sessionText(month, last ? last.month : before, day);
        const room = last ? (i - last.i) * px : Infinity;
        free = room >= gap && room >= (textWidth(text) + (last ? textWidth(last.text) : 0)) / 2;
        // Only the start of the axis is a major that may have to go: its month or year may be nearly over.
        if (free || !major || (last.major && last.i > 0)) break;
        kept.pop();
      }
      if (free) kept.push({ i, month, text, major });
    }
    return kept;
  }

  /** Ticks on sessions, when there is no room for times. @param {number} px pixels of a session */
  function sessionTicks(axis, facts, from, to, px) {
    const within = WITHIN_MONTH.find(({ size }) => size(facts.density) * px >= PITCH_PX);
    const months = STEP_MONTHS.find((step) => step * MONTH_DAYS * facts.density * px >= PITCH_PX);
    const step = months || STEP_MONTHS[STEP_MONTHS.length - 1];
    const kept = within
      ? thinned(dayCandidates(axis, facts, within.pick, from, to), px, (within.size(facts.density) * px) / 2)
      : thinned(monthCandidates(facts, step), px, 0);
    const ticks = { values: [], texts: [], majors: [] };
    for (const { i, text, major } of kept) {
      if (i >= from && i <= to) put(ticks, i, text, major && (Boolean(within) || step < 12));
    }
    return ticks;
  }

  function put(ticks, value, text, major) {
    ticks.values.push(value);
    ticks.texts.push(text);
    ticks.majors.push(major);
  }

  /** "4 Mar", and "2 Jan 2013" on the first session of a year. */
  function dayText(axis, facts, i) {
    const m = monthAt(facts, i);
    const month = facts.numbers[m];
    const text = `${axis.day(i) - facts.firstDays[m] + 1} ${window.chandlery.format.months[month % 12]}`;
    const newYear = i === facts.starts[m] && (m === 0 || yearOf(facts.numbers[m - 1]) !== yearOf(month));
    return newYear ? `${text} ${yearOf(month)}` : text;
  }

  function clockText(local) {
    const minutes = (((local % DAY_S) + DAY_S) % DAY_S) / 60;
    const two = (value) => String(Math.floor(value)).padStart(2, '0');
    return `${two(minutes / 60)}:${two(minutes % 60)}`;
  }

  /**
   * Call ``use(x, local seconds)`` for the times of session i that have room between its own label and the next one's.
   * Steps are counted on the clock of the exchange; times in a lunch break are none.
   * @param {number} step seconds @param {string} here the session's label @param {string} next the next one's, or ''
   */
  function eachTime(axis, i, px, step, timezone, [here, next], use) {
    const { offset } = window.chandlery.format;
    const [open, close, lunch, back] = [axis.open(i), axis.close(i), axis.breakStart(i), axis.breakEnd(i)];
    const length = tradingSeconds(axis, i);
    const shift = offset(open, timezone);
    const steady = shift === offset(close, timezone); // else the clocks change while the session runs
    const stride = steady ? step : Math.min(step, SHIFT_S);
    const time = textWidth('00:00');
    const end = next ? i + 1 - (time + textWidth(next)) / 2 / px : Infinity;
    let free = i + (time + textWidth(here)) / 2 / px;
    const first = Math.ceil((open + shift) / stride) * stride - shift;
    for (let t = first; t < close; t += stride) {
      const local = t + (steady ? shift : offset(t, timezone));
      if (local % step !== 0 || (lunch <= t && t < back)) continue;
      const x = i + (t - open - (t >= back ? back - lunch : 0)) / length;
      if (x > end) return;
      if (x < free) continue;
      use(x, local);
      free = x + time / px;
    }
  }

  /** Seconds between times at a zoom, 0 where sessions have no room for any. Remembered for the next frame. */
  function timeStep(axis, facts, px, timezone) {
    const zoom = `${px} ${timezone}`;
    if (facts.zoom === zoom) return facts.step;
    const longest = tradingSeconds(axis, facts.samples[0]) / 60;
    const wide = MINUTES.findIndex((minutes) => (minutes / longest) * px >= PITCH_PX);
    const fits = (minutes) =>
      facts.samples.every((i) => {
        let any = false;
        eachTime(axis, i, px, minutes * 60, timezone, DAY_EDGES, () => (any = true));
        return any;
      });
    // A step can fall into the lunch break or too near to both ends: then a finer one, thinned, may do better.
    const found = wide < 0 ? undefined : [wide, wide - 1, wide - 2].map((k) => MINUTES[k]).find((m) => m && fits(m));
    facts.zoom = zoom;
    facts.step = 60 * (found || 0);
    return facts.step;
  }

  /** Ticks on days and times. @param {number} step seconds */
  function timeTicks(axis, facts, [low, high], px, step, timezone) {
    const ticks = { values: [], texts: [], majors: [] };
    const last = Math.min(Math.floor(high), axis.count - 1);
    const first = Math.max(Math.floor(low), 0);
    let next = first <= last ? dayText(axis, facts, first) : '';
    for (let i = first; i <= last; i += 1) {
      const here = next;
      next = i + 1 < axis.count ? dayText(axis, facts, i + 1) : '';
      if (i >= low) put(ticks, i, here, true);
      eachTime(axis, i, px, step, timezone, [here, next], (x, local) => {
        if (x >= low && x <= high) put(ticks, x, clockText(local), false);
      });
    }
    return ticks;
  }

  /**
   * Ticks for the window [low, high] and one window on either side, so that dragging does not run out of them.
   * @param {object} axis of chandlery.axis.create
   * @param {number} low
   * @param {number} high
   * @param {number} width pixels of the window
   * @param {string} [timezone] of the exchange
   * @param {string} [resolution] of the bars: under whole days no time of day is a tick
   * @returns {{values: number[], texts: string[], majors: boolean[]}} majors: the coarser unit among the ticks
   */
  function make(axis, low, high, width, timezone = axis.timezone, resolution = '1') {
    const span = high - low;
    if (!(span > 0 && width > 0 && Number.isFinite(span))) return { values: [], texts: [], majors: [] };
    const facts = factsOf(axis);
    const px = Number((width / span).toPrecision(6)); // a pan changes the last bits of a span, and no zoom level
    const step = Number(resolution) > 0 ? timeStep(axis, facts, px, timezone) : null;
    if (step) return timeTicks(axis, facts, [low - span, high + span], px, step, timezone);
    const from = Math.max(0, Math.floor(low - span));
    const to = Math.min(axis.count - 1, Math.ceil(high + span));
    return from > to ? { values: [], texts: [], majors: [] } : sessionTicks(axis, facts, from, to, px);
  }

  /**
   * Where sessions begin in a window, for separators; nothing when more than a dozen are visible.
   * @param {object} axis @param {number} low @param {number} high
   * @returns {number[]} x
   */
  function sessions(axis, low, high) {
    const found = [];
    if (!(high - low <= MOST_SESSIONS)) return found;
    const last = Math.min(Math.floor(high), axis.count - 1);
    for (let i = Math.max(Math.ceil(low), 0); i <= last; i += 1) found.push(i);
    return found;
  }

  window.chandlery.ticks = { make, sessions };
})();
