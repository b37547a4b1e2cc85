/**
 * Arithmetic of windows [low, high] on the axis: where one may go, and how what was drawn for one comes to lie in
 * another. Pure.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const END_AIR = 0.03; // of the view, beyond an end of history

  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  /**
   * Stretch and shift that bring what was drawn for one range to where another has it, along an axis of so many pixels.
   * @param {number[]} drawn @param {number[]} shown @param {number} size @param {boolean} up whether pixels grow downwards
   */
  function stretch([d0, d1], [s0, s1], size, up) {
    const by = (d1 - d0) / (s1 - s0);
    const shift = ((d0 - s0) / (s1 - s0)) * size;
    return [by, up ? size * (1 - by) - shift : shift];
  }

  /**
   * Keep a window within reach of the history: never narrower or wider than allowed, a quarter of it on candles.
   * @param {number[]} window [low, high] @param {{first: number, last: number, least: number, most: number}} limits
   */
  function within([low, high], { first, last, least, most }) {
    const span = clamp(high - low, Math.min(least, most), most);
    const start = clamp(low, first - span * 0.75, Math.max(last - span * 0.25, first - span * 0.75));
    return [start, start + span];
  }

  /**
   * Widen or narrow a window around a share of it. Room that widening makes beyond an end of history goes to the other
   * side: nobody zooms out to see emptiness.
   * @param {number[]} window [low, high] @param {number} share 0 to 1 @param {number} span the new one
   * @param {{first: number, last: number}} limits
   */
  function zoomed([low, high], share, span, { first, last }) {
    const at = low + share * (high - low);
    let start = at - share * span;
    if (span > high - low) {
      const air = span * END_AIR;
      start = Math.min(start, Math.max(high, last + air) - span);
      start = Math.max(start, Math.min(low, first - air, last + air - span));
    }
    return [start, start + span];
  }

  window.chandlery.range = { clamp, stretch, within, zoomed, END_AIR };
})();
