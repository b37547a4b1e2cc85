/**
 * Mentions on the time axis: in which bar each one sits, which of them fold into a cluster, and what a cluster says.
 * Pure.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const GAP_PX = 2;
  const LETTER_PX = 6.6; // of the words of a cluster; more than most take
  const AROUND_PX = 20; // its words: edges and air

  const secondsOf = (day) => Date.parse(`${day}T00:00:00Z`) / 1000;

  /** x of the bar of a resolution that a moment of the exchange lies in. @param {{at: number, day: string}} moment */
  function xOf({ at, day }, axis, resolution) {
    return axis.barX(Number.isNaN(Number(resolution)) ? secondsOf(day) : at, resolution);
  }

  /** The outcome at the longest horizon that a call has reached, undefined where there is none yet. */
  const latest = (call) => call.outcomes.filter(({ state }) => ['better', 'worse', 'even'].includes(state)).pop();

  /** @returns {{x: number, call: object, count: number, calls: number, settled: number, beat: number}[]} ascending */
  function placed(calls, axis, resolution) {
    const points = calls.map((call) => {
      const reached = latest(call);
      return {
        x: xOf(call, axis, resolution),
        call,
        count: 1,
        calls: call.direction ? 1 : 0,
        settled: reached ? 1 : 0,
        beat: reached && reached.state === 'better' ? 1 : 0,
      };
    });
    return points.sort((a, b) => a.x - b.x);
  }

  /**
   * "7 calls · 4 beat SPY".
   * @param {{count: number, calls: number, settled: number, beat: number}} sums
   * @param {string} benchmark "" where there is little room: "7 · 4 beat"
   */
  function words({ count, calls, settled, beat }, benchmark) {
    const many = (number, one, more) => (benchmark ? `${number} ${number === 1 ? one : more}` : String(number));
    if (!calls) return many(count, 'mention', 'mentions');
    const said = many(calls, 'call', 'calls');
    if (!settled) return `${said} · pending`;
    return `${said} · ${beat}${settled < calls ? ` of ${settled}` : ''} beat ${benchmark}`.trim();
  }

  /** What the words of a cluster mean, whole. */
  function meaning({ count, calls, settled, beat }, benchmark) {
    const others = count - calls;
    const said = [
      calls && settled ? `${beat} of ${settled} beat ${benchmark}, each at the longest horizon that it has reached` : '',
      calls > settled ? `${calls - settled} not decided yet` : '',
      others ? `${others} ${others === 1 ? 'mention says' : 'mentions say'} neither buy nor sell` : '',
    ];
    return said.filter(Boolean).join('; ');
  }

  function widthOf(group, benchmark, size) {
    return group.count === 1 ? size : words(group, benchmark).length * LETTER_PX + AROUND_PX;
  }

  function single(point, size) {
    return { ...point, points: [point], x0: point.x, x1: point.x, width: size };
  }

  function merged(one, other, benchmark, size) {
    const sums = {};
    for (const name of ['count', 'calls', 'settled', 'beat']) sums[name] = one[name] + other[name];
    one.points.push(...other.points);
    const group = { ...sums, points: one.points, x0: one.x0, x1: other.x1, x: (one.x0 + other.x1) / 2 };
    group.width = widthOf(group, benchmark, size);
    return group;
  }

  /**
   * Fold what would touch: afterwards no two groups do, and the order stays. What folds depends on the zoom alone, so
   * that nothing changes while one pans.
   * @param {object[]} points see placed @param {number} pxPerX @param {string} benchmark as words take it
   * @param {number} size of a single mark, px
   * @returns {{points: object[], x: number, x0: number, x1: number, width: number, count: number, calls: number, settled: number, beat: number}[]}
   */
  function fold(points, pxPerX, benchmark, size) {
    const groups = [];
    for (const point of points) {
      let group = single(point, size);
      for (let last = groups[groups.length - 1]; last; last = groups[groups.length - 1]) {
        if ((group.x - last.x) * pxPerX >= (group.width + last.width) / 2 + GAP_PX) break;
        group = merged(groups.pop(), group, benchmark, size);
      }
      groups.push(group);
    }
    return groups;
  }

  /**
   * Move clusters at an edge of the plot inwards, so that their words can be read, as far as their neighbours leave room.
   * One that leaves while a person pans goes faster, and jumps nowhere.
   * @param {{px: number, width: number, count: number}[]} marks left to right, their middles in px; changed @param {number} wide px
   */
  function inside(marks, wide) {
    const room = (one, other) => (other ? Math.max(Math.abs(one.px - other.px) - (one.width + other.width) / 2 - GAP_PX, 0) : Infinity);
    marks.forEach((mark, at) => {
      if (mark.count === 1) return; // it stands on its bar
      const hidden = (px) => Math.max(Math.min(px, mark.width - px), 0);
      const toRight = Math.min(hidden(mark.width / 2 - mark.px), room(mark, marks[at + 1]));
      const toLeft = Math.min(hidden(mark.px + mark.width / 2 - wide), room(mark, marks[at - 1]));
      mark.px += toRight - toLeft;
    });
  }

  window.chandlery.mentionFold = { secondsOf, xOf, placed, words, meaning, fold, inside };
})();
