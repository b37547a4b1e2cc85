/**
 * What the keys do to a chart that shows something; which key it is, is said in controls.js.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const STEP = 0.25; // of the view
  const CLOSER = 0.8;

  /** @param {object} chart @param {object} view its window */
  function create(chart, view) {
    return {
      /** Move the view. @param {number} sign -1 to the past */
      shift(sign) {
        const [low, high] = view.range;
        const by = sign * STEP * (high - low);
        view.glide([low + by, high + by]);
      },
      /** Closer or wider; what is newest on the screen stays. @param {number} sign 1 for closer */
      zoom(sign) {
        const [low, high] = view.range;
        const span = (high - low) * CLOSER ** sign;
        const right = Math.min(high, chart.message.last_x + span * window.chandlery.range.END_AIR);
        view.glide([right - span, right]);
      },
      /** To the begin or the end of history. @param {number} sign */
      end(sign) {
        if (sign > 0) return chart.newest();
        const [low, high] = view.range;
        const { first } = view.limits();
        return view.glide([first, first + high - low]);
      },
      /** Read the candle before or after; the view follows it. @param {number} sign */
      step(sign) {
        const [first, after] = view.bars();
        if (first >= after) return;
        const from = view.cursor >= 0 ? view.cursor : after - (sign > 0 ? 1 : 0);
        view.pointer = null;
        view.cursor = Math.min(Math.max(from + sign, 0), chart.bars.n - 1);
        const x = chart.bars.x[view.cursor];
        const [low, high] = view.range;
        const half = chart.bars.slot / 2;
        const by = Math.min(x - half - low, 0) + Math.max(x + half - high, 0);
        if (Math.abs(by) > half / 1e6) view.glide([low + by, high + by]);
        view.invalidate();
      },
      /** Let the candle go. */
      leave: () => view.point(null),
    };
  }

  window.chandlery.keys = { create };
})();
