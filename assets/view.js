/**
 * The window of a chart on its axis, and how it comes onto the screen.
 *
 * A gesture moves the window; every frame Plotly's layers are moved and stretched to where the window has them
 * (no redraw: 1,000 candles would cost several frames), price axis fitted, and the canvases are painted. When the
 * gesture is over, or new candles have come, Plotly draws once and the layers stand still again.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const GLIDE_MS = 160;
  const PATIENCE_MS = 20000;
  const VOLUME_AIR = 1.05;
  const LAYERS = { price: '.overplot > .xy > g', volume: '.overplot > .xy2 > g' };

  const still = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const { clamp, stretch, within, zoomed, END_AIR } = window.chandlery.range;

  /**
   * @param {object} chart bars, axis, message, gaps, looks, colours, last
   * @param {HTMLElement} stage
   * @param {{moved: Function, settled: Function, marked: Function}} hooks told the window of every frame, of every rest,
   *   and the index of the marked bar
   */
  function create(chart, stage, hooks) {
    const surface = window.chandlery.surface.create(stage);
    const view = { range: null, pointer: null, cursor: -1 };
    let gd = null;
    let layers = { price: [], volume: [] };
    let drawn = null;
    let fitted = null;
    let waiting = 0;
    let gliding = 0;

    /** Prices to show an axis of where no candle is: of those nearby, else about the last one. */
    function around() {
      const { price } = chart.last || { price: 1 };
      return chart.bars.extent(-Infinity, Infinity) || [price * 0.95, price * 1.05, 0];
    }

    /** Price axis (axis units) and most volume that fit a window; those of before where it holds no bar. */
    function fit(range) {
      const half = chart.bars.slot * 0.4; // a candle that reaches into the window counts
      const extent = chart.bars.extent(range[0] - half, range[1] + half);
      if (!extent && fitted) return fitted;
      const [bottom, top, most] = extent || around();
      const log = chart.looks.log && bottom > 0;
      const units = log ? Math.log10 : Number;
      const price = window.chandlery.scale.fit([bottom, top], { log }).map(units);
      return { price, volume: (most || 1) * VOLUME_AIR, log };
    }

    /** Put Plotly's layers to where the window has them. */
    function follow() {
      const { plot, panes } = surface.geometry;
      const [sx, tx] = stretch(drawn.range, view.range, plot.width, false);
      const rise = {
        price: stretch(drawn.price, fitted.price, panes.price.height, true),
        volume: stretch([0, drawn.volume], [0, fitted.volume], panes.volume.height, true),
      };
      for (const pane of ['price', 'volume']) {
        const [sy, ty] = rise[pane];
        const rests = sx === 1 && sy === 1 && tx === 0 && ty === 0;
        for (const layer of layers[pane]) {
          if (rests) layer.removeAttribute('transform');
          else layer.setAttribute('transform', `matrix(${sx},0,0,${sy},${tx},${ty})`);
        }
      }
    }

    function markedBar() {
      if (view.pointer) {
        const { plot } = surface.geometry;
        const [low, high] = view.range;
        if (view.pointer.x > plot.width) return -1;
        return chart.bars.nearest(low + (view.pointer.x / plot.width) * (high - low));
      }
      return view.cursor;
    }

    function paint() {
      const { price, volume, log } = fitted;
      const bar = markedBar();
      surface.paint({
        view: view.range,
        price,
        volume,
        log,
        toUnits: log ? Math.log10 : Number,
        fromUnits: log ? (units) => 10 ** units : Number,
        axis: chart.axis,
        bars: chart.bars,
        gaps: chart.gaps,
        message: chart.message,
        last: chart.last,
        opinions: chart.opinions,
        sentiment: chart.sentiment,
        mentions: chart.mentions,
        colours: chart.colours,
        history: [view.limits().first, chart.message.last_x],
        held: view.answered(),
        bar,
        pointer: view.pointer,
      });
      hooks.marked(bar);
    }

    function frame() {
      waiting = 0;
      if (!chart.bars || !drawn) return;
      fitted = fit(view.range);
      // Another kind of scale cannot be had by stretching, nor another density of the screen.
      if (fitted.log !== drawn.log || !surface.fits) view.render();
      else {
        follow();
        paint();
      }
    }

    /** Show the present state with the next frame. */
    view.invalidate = () => {
      waiting = waiting || window.requestAnimationFrame(frame);
    };

    /** Have Plotly draw the window. */
    view.render = () => {
      if (!chart.bars || !gd || !gd.isConnected) return;
      fitted = fit(view.range);
      const { price, volume, log } = fitted;
      const prices = log ? price.map((units) => 10 ** units) : price;
      const ticks = window.chandlery.scale.ticks(...prices, stage.clientHeight, { log });
      const last = chart.last ? [window.chandlery.format.price(chart.last.price)] : [];
      const geometry = surface.resize([...ticks.map(({ text }) => text), ...last], window.chandlery.panes.shown(chart.looks));
      const window_ = { view: view.range, price, volume: [0, volume] };
      const { data, layout } = window.chandlery.figure.compose(chart, window_, geometry);
      window.Plotly.react(gd, data, layout);
      drawn = { range: view.range, price, volume, log };
      layers = { price: gd.querySelectorAll(LAYERS.price), volume: gd.querySelectorAll(LAYERS.volume) };
      follow();
      paint();
    };

    /** What the bars at hand cover, [from, to] in x. An answer without any says that there is nothing to come. */
    view.held = () => {
      const { x, n, slot } = chart.bars;
      return n ? [x[0] - slot / 2, x[n - 1] + slot / 2] : [-Infinity, Infinity];
    };

    /** What nothing is missing of: the bars at hand, and in a running session what is still to come. */
    view.answered = () => {
      const [from, to] = view.held();
      const { at_end: end, last_x: last, live } = chart.message;
      return [from, end && live.open ? Math.max(to, last) : to];
    };

    view.limits = () => {
      const { first_x: begin, last_x: last, state } = chart.message;
      const [low, , least, most] = chart.keep;
      // The first week or month begins before the first session, and is seen whole.
      const [held] = view.held();
      const first = begin === null ? 0 : low < 0 && chart.bars.n ? Math.min(begin, held) : begin;
      const finest = least === 0 || state.resolution !== 'auto';
      const widest = (last - first) * (1 + 2 * END_AIR);
      return {
        first,
        last,
        least: (finest ? 10 : 3) * chart.bars.slot,
        most: state.resolution === 'auto' ? widest : Math.min(widest, most),
      };
    };

    /** Have another window; whether it is another one. The person's own hand ends an animation. */
    function put(range, { hand = false } = {}) {
      const [low, high] = within(range, view.limits());
      const same = view.range && Math.abs(low - view.range[0]) + Math.abs(high - view.range[1]) < 1e-9;
      if (same) return false;
      if (hand) view.halt();
      view.range = [low, high];
      hooks.moved(view.range);
      view.invalidate();
      return true;
    }

    /** Stop an animation where it is. */
    view.halt = () => {
      window.cancelAnimationFrame(gliding);
      gliding = 0;
    };

    /** Move by pixels to the right; whether there was anything to move. */
    view.move = (px) => {
      if (!chart.bars) return false;
      const [low, high] = view.range;
      const by = (-px * (high - low)) / surface.geometry.plot.width;
      return put([low + by, high + by], { hand: true });
    };

    /** Widen by a factor around a pixel of the plot; whether that changed anything. */
    view.zoom = (px, factor) => {
      if (!chart.bars) return false;
      const [low, high] = view.range;
      const { least, most } = view.limits();
      const share = clamp(px / surface.geometry.plot.width, 0, 1);
      const span = clamp((high - low) * factor, Math.min(least, most), most);
      return put(zoomed(view.range, share, span, view.limits()), { hand: true });
    };

    /** Go to a window, in a short movement unless the person wants none. */
    view.glide = (to) => {
      if (!chart.bars) return;
      view.halt();
      const target = within(to, view.limits());
      const from = view.range;
      const began = window.performance.now();
      const step = (now) => {
        const share = still() ? 1 : clamp((now - began) / GLIDE_MS, 0, 1);
        const eased = 1 - (1 - share) ** 3;
        put(share === 1 ? target : from.map((edge, i) => edge + (target[i] - edge) * eased));
        if (share < 1) gliding = window.requestAnimationFrame(step);
        else view.settle();
      };
      gliding = window.requestAnimationFrame(step);
    };

    /** A gesture is over. */
    view.settle = () => {
      if (!chart.bars) return;
      gliding = 0;
      if (drawn && view.range !== drawn.range) view.render();
      hooks.settled(view.range);
    };

    view.point = (place) => {
      view.pointer = place;
      view.cursor = -1;
      view.invalidate();
    };

    /** Indices [first, after) of the bars on the screen. */
    view.bars = () => chart.bars.within(...view.range);

    /** Nothing is on the screen any more. */
    view.clear = () => {
      view.halt();
      Object.assign(view, { range: null, cursor: -1 });
      drawn = fitted = null;
      surface.clear();
      if (gd && gd.isConnected) window.Plotly.react(gd, [], { ...gd.layout, meta: null });
      chart.revision = null;
    };

    /** Resolve when Plotly has made its element. */
    view.ready = async () => {
      for (const began = window.performance.now(); ; ) {
        const found = stage.querySelector('.js-plotly-plot');
        if (found && found._fullLayout && found._fullLayout.xaxis) {
          gd = found;
          return;
        }
        if (window.performance.now() - began > PATIENCE_MS) throw new Error('plotly.js did not come');
        await new Promise((resume) => setTimeout(resume, 16));
      }
    };

    Object.defineProperty(view, 'width', { get: () => surface.geometry.plot.width });
    Object.defineProperty(view, 'gliding', { get: () => gliding !== 0 });
    // Whether a hand is on it, or it moves.
    Object.defineProperty(view, 'busy', { get: () => gliding !== 0 || stage.classList.contains('dragging') });
    new ResizeObserver(() => view.render()).observe(stage);
    return view;
  }

  window.chandlery.view = { create };
})();
