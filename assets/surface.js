/**
 * What is painted around the candles, on two canvases: below them grid, ticks, sessions, missing bars; above them the
 * last price, splits and dividends (events.js) and the crosshair. On the edge between them and the time axis lies the ribbon
 * of provenance.js. Painted once per frame, so that it follows every gesture.
 *
 * A frame (made by chart.js) holds: view [low, high] in x; price [low, high] in axis units (log10 on a logarithmic
 * scale), toUnits(price) and fromUnits; volume's most; axis, bars, gaps, message; history and held, [from, to] in x;
 * opinions and sentiment, which paint themselves; bar: index of the marked one or -1; pointer: place on the stage or
 * null; last: the last price; colours.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const FONT_PX = 12;
  const TOP_PX = 8;
  const BOTTOM_PX = 30; // the ribbon, and the labels of the time axis
  const LABEL_AIR_PX = 16;
  const LEAST_AXIS_PX = 52;
  const LABEL_PX = 18;
  const HATCH_PX = 6;

  const crisp = (px) => Math.round(px) + 0.5;

  /**
   * @param {HTMLElement} stage with a canvas .under and a canvas .over
   */
  function create(stage) {
    const [under, over] = ['under', 'over'].map((name) => stage.querySelector(`canvas.${name}`).getContext('2d'));
    let geometry = measure(LEAST_AXIS_PX, window.chandlery.panes.USUAL);
    let font = '';
    let scale = 1;

    /** Where everything is, CSS pixels of the stage. */
    function measure(axisPx, names) {
      const { clientWidth: width, clientHeight: height } = stage;
      const plot = { left: 0, top: TOP_PX, width: Math.max(width - axisPx, 40), height: height - TOP_PX - BOTTOM_PX };
      const panes = window.chandlery.panes.place(plot, names);
      return { width, height, plot, panes, axisPx, margin: { l: 0, r: width - plot.width, t: TOP_PX, b: BOTTOM_PX } };
    }

    /** Take the stage's size, and room for the widest label of the price axis. @param {string[]} names of the panes */
    function resize(labels, names) {
      scale = window.devicePixelRatio || 1;
      font = `${FONT_PX}px ${window.getComputedStyle(stage).fontFamily}`;
      under.font = font;
      const widest = Math.max(0, ...labels.map((text) => under.measureText(text).width));
      geometry = measure(Math.max(LEAST_AXIS_PX, Math.ceil(widest) + LABEL_AIR_PX), names);
      for (const { canvas } of [under, over]) {
        const [width, height] = [Math.round(geometry.width * scale), Math.round(geometry.height * scale)];
        if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      }
      return geometry;
    }

    function clean(ctx) {
      ctx.setTransform(scale, 0, 0, scale, 0, 0);
      ctx.clearRect(0, 0, geometry.width, geometry.height);
      ctx.font = font;
      ctx.textBaseline = 'middle';
      ctx.lineWidth = 1;
      ctx.setLineDash([]);
    }

    const xPx = ({ view: [low, high] }, x) => ((x - low) / (high - low)) * geometry.plot.width;
    const yPx = (frame, units) => window.chandlery.panes.heights('price', geometry.panes.price, frame)(units);

    function vertical(ctx, px, top, bottom) {
      ctx.beginPath();
      ctx.moveTo(crisp(px), top);
      ctx.lineTo(crisp(px), bottom);
      ctx.stroke();
    }
    function horizontal(ctx, px, left, right) {
      ctx.beginPath();
      ctx.moveTo(left, crisp(px));
      ctx.lineTo(right, crisp(px));
      ctx.stroke();
    }

    /** Fill all panes between two pixels. */
    function fillPanes(ctx, from, to) {
      const { plot, panes } = geometry;
      const left = Math.max(from, 0);
      const width = Math.min(to, plot.width) - left;
      if (width <= 0) return;
      for (const { top, height } of Object.values(panes)) ctx.fillRect(left, top, width, height);
    }

    function hatch(colour) {
      const tile = document.createElement('canvas');
      tile.width = tile.height = HATCH_PX;
      const ctx = tile.getContext('2d');
      ctx.strokeStyle = colour;
      for (const shift of [-HATCH_PX, 0, HATCH_PX]) {
        ctx.moveTo(shift, HATCH_PX);
        ctx.lineTo(shift + HATCH_PX, 0);
      }
      ctx.stroke();
      return under.createPattern(tile, 'repeat');
    }

    /** Before history: another ground. Bars that are missing, or not here yet: hatched. */
    function paintGaps(frame) {
      const [low, high] = frame.view;
      const [begin, end] = frame.history;
      under.fillStyle = frame.colours.panel;
      fillPanes(under, 0, xPx(frame, begin));
      const [held, heldTo] = frame.held;
      const missing = [...frame.gaps, [begin, held], [heldTo, end]];
      const shown = missing.filter(([from, to]) => to > from && to > low && from < high);
      if (!shown.length) return;
      under.fillStyle = hatch(frame.colours.hatch);
      for (const [from, to] of shown) fillPanes(under, xPx(frame, from), xPx(frame, to));
    }

    function paintGrid(frame, ticks) {
      const { plot, panes } = geometry;
      under.strokeStyle = frame.colours.grid;
      for (const px of ticks.time.map((tick) => tick.px)) {
        for (const pane of Object.values(panes)) vertical(under, px, pane.top, pane.top + pane.height);
      }
      for (const { px } of ticks.values) horizontal(under, px, 0, plot.width);
      under.strokeStyle = frame.colours.border;
      under.setLineDash([2, 3]);
      for (const x of window.chandlery.ticks.sessions(frame.axis, ...frame.view)) {
        const px = xPx(frame, x);
        if (px > 0 && px < plot.width) vertical(under, px, plot.top, plot.top + plot.height);
      }
      under.setLineDash([]);
      vertical(under, plot.width, plot.top, plot.top + plot.height);
      horizontal(under, plot.top + plot.height, 0, plot.width);
      for (const { edge } of Object.values(panes).slice(1)) horizontal(under, edge, 0, plot.width);
    }

    function paintLabels(frame, ticks) {
      const { plot } = geometry;
      under.fillStyle = frame.colours.quiet;
      const taken = [frame.last ? yPx(frame, frame.toUnits(frame.last.price)) : NaN, frame.pointer ? frame.pointer.y : NaN];
      for (const { px, text } of ticks.values) {
        if (!taken.some((y) => Math.abs(px - y) < LABEL_PX)) under.fillText(text, plot.width + 8, px);
      }
      under.textAlign = 'center';
      const middle = plot.top + plot.height + (BOTTOM_PX + window.chandlery.provenance.RIBBON_PX) / 2;
      for (const { px, text, major } of ticks.time) {
        const half = under.measureText(text).width / 2;
        if (px - half < 2 || px + half > geometry.width - 2) continue;
        under.fillStyle = major ? frame.colours.text : frame.colours.quiet;
        under.font = major ? `600 ${font}` : font;
        under.fillText(text, px, middle);
      }
      under.font = font;
      under.textAlign = 'start';
    }

    /** Ticks of all axes with their pixels. */
    function ticksOf(frame) {
      const { plot, panes } = geometry;
      const { panes: scales, ticks } = window.chandlery;
      const { resolution } = frame.message;
      const time = ticks.make(frame.axis, ...frame.view, plot.width, frame.axis.timezone, resolution);
      const middle = resolution === 'D' ? 0.5 : 0; // a day's label stands below its candle
      const inPlot = (px) => px >= 0 && px <= plot.width;
      const values = Object.entries(panes).flatMap(([name, pane]) => scales.ticks(name, pane, frame));
      const prices = values.filter(({ decimals }) => decimals !== undefined);
      return {
        decimals: prices.length ? prices[0].decimals : 0,
        time: time.values
          .map((x, i) => ({ px: xPx(frame, x + middle), text: time.texts[i], major: time.majors[i] }))
          .filter(({ px }) => inPlot(px)),
        values,
      };
    }

    /** A filled label at the price axis. */
    function priceLabel(px, text, fill, ink) {
      const { plot, axisPx } = geometry;
      over.fillStyle = fill;
      over.fillRect(plot.width + 1, Math.round(px) - LABEL_PX / 2, axisPx - 1, LABEL_PX);
      over.fillStyle = ink;
      over.fillText(text, plot.width + 8, Math.round(px) + 0.5);
    }

    function paintLast(frame, ticks) {
      if (frame.last === null) return;
      const { plot, panes } = geometry;
      const px = yPx(frame, frame.toUnits(frame.last.price));
      if (px < panes.price.top || px > panes.price.top + panes.price.height) return;
      const colour = frame.colours[frame.last.side];
      over.strokeStyle = colour;
      over.setLineDash([2, 2]);
      horizontal(over, px, 0, plot.width);
      over.setLineDash([]);
      priceLabel(px, window.chandlery.format.label(frame.last.price, ticks.decimals), colour, frame.colours.onside);
    }

    function paintCrosshair(frame, ticks) {
      const { bar, pointer, bars, colours, axis, message } = frame;
      if (bar < 0 && !pointer) return;
      const { plot } = geometry;
      const px = bar >= 0 ? xPx(frame, bars.x[bar]) : pointer.x;
      over.strokeStyle = colours.quiet;
      over.setLineDash([4, 4]);
      if (px >= 0 && px <= plot.width) vertical(over, px, plot.top, plot.top + plot.height);
      const inside = pointer && pointer.y >= plot.top && pointer.y <= plot.top + plot.height;
      if (inside) horizontal(over, pointer.y, 0, plot.width);
      over.setLineDash([]);
      if (bar >= 0) timeLabel(frame, px, window.chandlery.format.bar(bars.t[bar], message.resolution, axis.timezone));
      if (inside) valueLabel(frame, pointer.y, ticks.decimals);
    }

    function timeLabel({ colours }, px, text) {
      const { plot, width } = geometry;
      const wide = over.measureText(text).width + LABEL_AIR_PX;
      const left = Math.min(Math.max(px - wide / 2, 0), width - wide);
      over.fillStyle = colours.text;
      over.fillRect(left, plot.top + plot.height + 7, wide, 20);
      over.fillStyle = colours.page;
      over.fillText(text, left + LABEL_AIR_PX / 2, plot.top + plot.height + 17.5);
    }

    /** What the height of the pointer means. */
    function valueLabel(frame, y, decimals) {
      const text = window.chandlery.panes.wordsAt(geometry.panes, frame, y, decimals);
      if (text) priceLabel(y, text, frame.colours.text, frame.colours.page);
    }

    return {
      resize,
      get geometry() {
        return geometry;
      },
      /** Whether the canvases have the density of the screen that the window is on now. */
      get fits() {
        return scale === (window.devicePixelRatio || 1);
      },
      paint(frame) {
        const ticks = ticksOf(frame);
        clean(under);
        paintGaps(frame);
        paintGrid(frame, ticks);
        paintLabels(frame, ticks);
        frame.sentiment.paint(under, frame, geometry);
        const { events, provenance } = window.chandlery;
        provenance.paint(under, frame, geometry);
        clean(over);
        frame.mentions.paint(over, frame, xPx, yPx, geometry);
        frame.opinions.paint(over, frame, xPx, yPx);
        paintLast(frame, ticks);
        paintCrosshair(frame, ticks);
        events.paint(over, frame, geometry);
        frame.sentiment.explain(over, frame, geometry);
        provenance.explain(over, frame, geometry);
      },
      clear() {
        clean(under);
        clean(over);
      },
    };
  }

  window.chandlery.surface = { create };
})();
