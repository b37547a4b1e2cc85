/**
 * The panes of a stage, one above the other on one time axis: where each lies, what its heights mean, which ticks stand
 * beside it. A further pane is a further entry of SCALES, with the height it takes.
 *
 * A scale tells of a frame (see surface.js): the values [low, high] at its foot and its top, its ticks (value and text),
 * and the words for a value.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const GAP_PX = 8;
  const SENTIMENT_REACH = 1.15; // air around −1 … +1, so that what stands there is whole
  const MOST_SCORE = 1.005; // what is still written "1.00"

  /** Values are axis units: log10 of a price on a logarithmic scale. */
  const price = {
    range: (frame) => frame.price,
    ticks: (frame, height) => {
      const found = window.chandlery.scale.ticks(...frame.price.map(frame.fromUnits), height, { log: frame.log });
      return found.map(({ value, ...rest }) => ({ ...rest, value: frame.toUnits(value) }));
    },
    words: (frame, units, decimals) => window.chandlery.format.label(frame.fromUnits(units), decimals),
  };

  const volume = {
    share: 0.18, // of the height that all panes have
    head: 0,
    least: 0,
    range: (frame) => [0, frame.volume || 1],
    ticks: (frame, height) => window.chandlery.scale.volumeTicks(frame.volume, height),
    words: (frame, shares) => window.chandlery.format.volume(shares),
  };

  const sentiment = {
    share: 0.18,
    head: 18, // pixels above it, for words
    least: 54, // pixels, with its head
    range: () => [-SENTIMENT_REACH, SENTIMENT_REACH],
    ticks: () => [-1, 0, 1].map((value) => ({ value, text: window.chandlery.format.score(value, 0) })),
    words: (frame, score) => (Math.abs(score) > MOST_SCORE ? '' : window.chandlery.format.score(score, 2)),
  };

  const SCALES = { price, volume, sentiment };
  const USUAL = ['price', 'volume'];
  const CHOSEN = ['sentiment']; // on a stage where a person has switched them on

  /** Names of the panes that a chart shows, from the top. @param {object} looks of the chart */
  const shown = (looks) => [...USUAL, ...CHOSEN.filter((name) => looks[name])];

  /**
   * Where panes lie, from the top; the first one has what the others leave.
   * @param {{top: number, height: number}} plot @param {string[]} names
   * @returns {Object<string, {top: number, height: number, edge: number}>} CSS pixels of the stage; the line between a
   *   pane and the one above it lies at its edge
   */
  function place({ top, height }, names) {
    let foot = top + height;
    const lower = names.slice(1).reverse().map((name) => {
      const { share, head, least } = SCALES[name];
      const tall = Math.max(Math.round(height * share), least);
      const pane = { top: foot - tall + head, height: tall - head, edge: foot - tall - GAP_PX / 2 - 1 };
      foot -= tall + GAP_PX;
      return [name, pane];
    }); // prettier-ignore
    return Object.fromEntries([[names[0], { top, height: foot - top }], ...lower.reverse()]);
  }

  /** Pixels of the stage. */
  function yOf(pane, [low, high], value) {
    return pane.top + (1 - (value - low) / (high - low)) * pane.height;
  }

  /** What gives the heights of a pane's values. @returns {(value: number) => number} */
  function heights(name, pane, frame) {
    const range = SCALES[name].range(frame);
    return (value) => yOf(pane, range, value);
  }

  /** Ticks of a pane with their heights. */
  function ticks(name, pane, frame) {
    const px = heights(name, pane, frame);
    return SCALES[name].ticks(frame, pane.height).map((tick) => ({ ...tick, px: px(tick.value) }));
  }

  /** What a height means in the pane that it lies in; "" between panes. @param {number} decimals of prices */
  function wordsAt(panes, frame, y, decimals) {
    for (const [name, { top, height }] of Object.entries(panes)) {
      const share = 1 - (y - top) / height;
      if (share < 0 || share > 1) continue;
      const [low, high] = SCALES[name].range(frame);
      return SCALES[name].words(frame, low + share * (high - low), decimals);
    }
    return '';
  }

  window.chandlery.panes = { USUAL, shown, place, heights, ticks, wordsAt };
})();
