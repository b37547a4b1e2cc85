/**
 * The figure of a chart: candles and volume in their slots, price axis fitted to what is visible, our own ticks.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const PRICE_PADDING = 0.06;
  const FILL = 0.8; // of a slot that a candle takes
  const STROKE_PX = 1;

  /**
   * Layout that belongs to a window: fitted axes and ticks, as Plotly.relayout takes them.
   * @param {object} chart with bars and axis @param {number[]} window [low, high] @param {number} width pixels
   */
  function fit(chart, [low, high], width) {
    const layout = {};
    const extent = chart.bars.extent(low, high);
    if (extent) {
      const [bottom, top, most] = extent;
      const room = (top - bottom || top * 0.01) * PRICE_PADDING;
      layout['yaxis.range'] = [bottom - room, top + room];
      layout['yaxis2.range'] = [0, (most || 1) * 1.05];
    }
    const ticks = window.chandlery.ticks.make(chart.axis, low, high, width, chart.axis.timezone);
    layout['xaxis.tickvals'] = ticks.values;
    layout['xaxis.ticktext'] = ticks.texts;
    return layout;
  }

  /** The page's tokens, for Plotly, which knows no CSS variables. */
  function colours(card) {
    const css = window.getComputedStyle(card);
    const colour = (name) => css.getPropertyValue(`--${name}`).trim();
    const quiet = { color: colour('quiet'), size: 12 };
    const line = { gridcolor: colour('grid'), linecolor: colour('border'), tickfont: quiet };
    return { up: colour('up'), down: colour('down'), line };
  }

  /**
   * Plotly takes one candle width from the smallest gap between positions. Two far-away ghost candles make every
   * real gap too small to count, so that width follows the slot also in weeks with a holiday.
   */
  function widths(bars, [low, high], width) {
    const far = (bars.n ? bars.x[0] : 0) + 1.2e4 * bars.slot * (bars.n + 1);
    const gap = 1.5 * bars.slot;
    const slotPx = (width * bars.slot) / (high - low);
    const fill = Math.max(FILL - STROKE_PX / slotPx, 0.1); // the outline is drawn around the body
    return { ghosts: [far, far + gap], boxgap: 1 - (fill * bars.slot) / gap };
  }

  function traces(data, bars, ghosts, { up, down }) {
    const [candles, ghost, volume] = data;
    const side = (color) => ({ line: { color, width: STROKE_PX }, fillcolor: color });
    const color = Array.from(bars.c, (close, i) => (close >= bars.o[i] ? up : down));
    return [
      {
        ...candles,
        x: bars.x,
        open: bars.o,
        high: bars.h,
        low: bars.l,
        close: bars.c,
        increasing: side(up),
        decreasing: side(down),
      },
      { ...ghost, x: ghosts },
      { ...volume, x: bars.x, y: bars.v, width: bars.slot * FILL, marker: { color, opacity: 0.45 } },
    ];
  }

  /**
   * The whole figure for a window of a chart's bars.
   * @param {object} figure the one on screen, or the empty one that the page came with
   */
  function compose(figure, chart, view, width) {
    const { bars, message } = chart;
    const paint = colours(chart.card);
    const fitted = fit(chart, view, width);
    const { ghosts, boxgap } = widths(bars, view, width);
    const { layout } = figure;
    const own = { ...paint.line, uirevision: message.seq };
    return {
      ...figure,
      data: traces(figure.data, bars, ghosts, paint),
      layout: {
        ...layout,
        boxgap,
        uirevision: message.ticker,
        meta: { seq: message.seq, moves: chart.moves },
        xaxis: {
          ...layout.xaxis,
          ...own,
          range: view,
          // Only a view that the person asked the server for replaces the one on screen: whoever pans while an
          // answer is drawn keeps what they moved to.
          uirevision: chart.moves,
          tickvals: fitted['xaxis.tickvals'],
          ticktext: fitted['xaxis.ticktext'],
        },
        yaxis: { ...layout.yaxis, ...own, range: fitted['yaxis.range'] },
        yaxis2: { ...layout.yaxis2, ...own, range: fitted['yaxis2.range'] },
      },
    };
  }

  window.chandlery.figure = { compose, fit };
})();
