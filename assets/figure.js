/**
 * What Plotly draws of a chart: candles (or bars, a line, an area) and volume, each in its slot. Everything else on the
 * stage is painted by surface.js.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const FILL = 0.8; // of a slot that a candle takes
  const STROKE_PX = 1;
  const LINE_PX = 2;
  const VOLUME_OPACITY = 0.4;

  /**
   * Plotly takes one candle width from the smallest gap between positions. Two far-away ghost candles make every
   * real gap too small to count, so that width follows the slot also in weeks with a holiday.
   */
  function widths(bars, [low, high], width) {
    const far = (bars.n ? bars.x[0] : 0) + 1.2e4 * bars.slot * (bars.n + 1);
    const gap = 1.5 * bars.slot;
    const slotPx = (width * bars.slot) / (high - low);
    // The outline is drawn around the body. Steps of a hundredth: a pan must not change it, or Plotly computes anew.
    const fill = Math.max(Math.round(100 * (FILL - STROKE_PX / slotPx)) / 100, 0.1);
    return { ghosts: [far, far + gap], boxgap: 1 - (fill * bars.slot) / gap };
  }

  const ohlc = (bars) => ({ x: bars.x, open: bars.o, high: bars.h, low: bars.l, close: bars.c });

  /** Closes with a hole where bars are missing: a line across it would make prices up. */
  function holed({ x, c }, gaps) {
    if (!gaps.length) return { x, y: c };
    const points = [...Array.from(x, (at, i) => [at, c[i]]), ...gaps.map(([from, to]) => [(from + to) / 2, NaN])];
    points.sort((a, b) => a[0] - b[0]);
    return { x: points.map(([at]) => at), y: points.map(([, close]) => close) };
  }

  /** The price trace of each kind of chart. */
  const PRICE = {
    candles(bars, { up, down }) {
      const side = (color) => ({ line: { color, width: STROKE_PX }, fillcolor: color });
      return { type: 'candlestick', ...ohlc(bars), increasing: side(up), decreasing: side(down) };
    },
    ohlc(bars, { up, down }) {
      const side = (color) => ({ line: { color, width: 1.5 } });
      return { type: 'ohlc', ...ohlc(bars), increasing: side(up), decreasing: side(down), tickwidth: 0.35 };
    },
    line(bars, { accent }, gaps) {
      return { type: 'scatter', mode: 'lines', ...holed(bars, gaps), line: { color: accent, width: LINE_PX } };
    },
    area(bars, { accent, shade }, gaps) {
      return { ...PRICE.line(bars, { accent }, gaps), fill: 'tozeroy', fillcolor: shade };
    },
  };

  function traces(chart, { ghosts }) {
    const { bars, colours, looks } = chart;
    const quiet = { hoverinfo: 'skip', showlegend: false };
    const flat = [0, 0];
    const side = Array.from(bars.c, (close, i) => (close >= bars.o[i] ? colours.up : colours.down));
    const ghost = { type: 'candlestick', x: ghosts, open: flat, high: flat, low: flat, close: flat };
    const volume = { type: 'bar', yaxis: 'y2', x: bars.x, y: bars.v, width: bars.slot * FILL };
    return [
      { name: 'price', ...quiet, ...(PRICE[looks.type] || PRICE.candles)(bars, colours, chart.gaps) },
      { name: 'slot', ...quiet, ...ghost },
      { name: 'volume', ...quiet, ...volume, marker: { color: side, opacity: VOLUME_OPACITY, line: { width: 0 } } },
    ];
  }

  /**
   * The whole figure for a window of a chart's bars. Its parts are made anew only when what they show has changed:
   * ``datarevision`` tells Plotly so, which then moves its axes and computes nothing.
   * @param {object} chart bars, colours, looks, seq
   * @param {{view: number[], price: number[], volume: number[]}} window ranges of the axes; price in axis units
   * @param {{width: number, height: number, margin: object, panes: object}} geometry of the stage
   */
  function compose(chart, window, geometry) {
    const { width, height, margin, panes, plot } = geometry;
    const { ghosts, boxgap } = widths(chart.bars, window.view, plot.width);
    const revision = [chart.seq, chart.paint, chart.looks.type].join();
    if (chart.revision !== revision) Object.assign(chart, { revision, traces: traces(chart, { ghosts }) });
    const bare = { showgrid: false, zeroline: false, showticklabels: false, ticks: '', fixedrange: true };
    const domain = ({ top, height: tall }) => [
      Math.max(0, 1 - (top - plot.top + tall) / plot.height),
      Math.min(1, 1 - (top - plot.top) / plot.height),
    ];
    return {
      data: chart.traces,
      layout: {
        width,
        height,
        margin: { ...margin, pad: 0 },
        boxgap,
        boxgroupgap: 0,
        bargap: 0,
        datarevision: revision,
        showlegend: false,
        hovermode: false,
        dragmode: false,
        paper_bgcolor: 'rgba(0,0,0,0)',
        plot_bgcolor: 'rgba(0,0,0,0)',
        meta: { seq: chart.seq },
        xaxis: { ...bare, type: 'linear', anchor: 'y2', range: window.view, rangeslider: { visible: false } },
        yaxis: {
          ...bare,
          side: 'right',
          type: chart.looks.log ? 'log' : 'linear',
          domain: domain(panes.price),
          range: window.price,
        },
        yaxis2: { ...bare, side: 'right', domain: domain(panes.volume), range: window.volume },
      },
    };
  }

  window.chandlery.figure = { compose };
})();
