/**
 * What an answer means for the view: which window it is shown in, and what the last price is. Pure.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const WHOLE = 0.55; // of a slot: from a candle's middle to beyond its edge

  /**
   * The window to show: the answer's, with room for the newest candle, or the one on the screen.
   * @param {object} message @param {object} bars @param {number[]|null} shown
   */
  function windowOf(message, bars, shown) {
    if (!message.view && shown) return shown;
    const [edge, high] = message.view || [bars.x[0], bars.x[bars.n - 1]];
    // The first bar of history is seen whole, also a week or a month that began before the first session.
    const begins = bars.n > 0 && edge <= message.first_x + 1e-9;
    const low = begins ? Math.min(edge, bars.x[0] - bars.slot * WHOLE) : edge;
    if (high < message.last_x - 1e-9) return [low, high];
    const newest = bars.n ? bars.x[bars.n - 1] + bars.slot * WHOLE : high;
    return [low, Math.max(high + (high - low) * window.chandlery.range.END_AIR, newest)];
  }

  /**
   * The price of the source's present session, and which way it went: against the close before, as the heading says
   * it, or where that is not known against the open of the last candle. Null where no price is known.
   * @param {object} message @param {object} bars @param {{last: object|null, message: object|null}} before what the chart has
   */
  function lastOf(message, bars, before) {
    const same = before.last && before.message && before.message.ticker === message.ticker ? before.last : null;
    const price = message.price === null ? same && same.price : message.price;
    if (price === null || price === undefined) return null;
    const i = bars.n - 1;
    const from = message.price_before || (!same && message.at_end && i >= 0 ? bars.o[i] : null);
    if (from === null) return { price, side: same ? same.side : 'quiet' };
    return { price, side: price >= from ? 'rise' : 'fall' };
  }

  /**
   * The window after an answer that nobody waited for: it stays, but for one step where a new bar has begun right of
   * it, the newest one was in view, and no hand is on it.
   * @param {{range: number[], busy: boolean}} view @param {{bars: object, message: object}} shown @param {object} bars new ones
   */
  function followed({ range, busy }, shown, bars) {
    if (busy || !shown.message.at_end || !shown.bars.n || !bars.n) return range;
    const [low, high] = range;
    const [was, is] = [shown.bars, bars].map(({ n, x }) => x[n - 1]);
    const leaves = was >= low && was <= high && is > was && is + bars.slot * WHOLE > high;
    return leaves ? [low + is - was, high + is - was] : range;
  }

  const DRAWN = ['t', 'p', 'v', 'ticker', 'resolution', 'n', 't0', 'last_x', 'first_x', 'source', 'adjusted', 'price', 'price_before'];

  /** Whether two answers draw the same. */
  function same(one, other) {
    return DRAWN.every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]));
  }

  window.chandlery.answer = { windowOf, lastOf, followed, same };
})();
