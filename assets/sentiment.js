/**
 * How people spoke of a stock, in a pane below its candles: a bar from the zero line is what news said, a dot on a stem
 * what channels said; the fainter, the fewer they are. What it knows of a bar is made by components/sentiments.py.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const FILL = 0.6; // of a slot that a bar takes
  const LEAST_PX = 2; // of a bar's width, and of the height of one that says neither
  const STEM_PX = 1.5;
  const DOT_PX = { least: 2, most: 4 };
  const FAINTEST = 0.45;
  const MANY = 4; // from so many on nothing gets stronger
  const NEITHER = 0.005; // what is written 0.00
  const PATIENCE_MS = 9000;
  const LOOKING = 'Looking for news and mentions …';
  const NOTHING_CAME = 'The sentiment did not come. Switch it off and on to try again.';

  /** "3 news, 1 mention". @param {{news: number[]|null, said: number[]|null}} row */
  function counts({ news, said }) {
    const mentions = said && `${said[0]} mention${said[0] === 1 ? '' : 's'}`;
    return [news && `${news[0]} news`, mentions].filter(Boolean).join(', ');
  }

  /** "+0.42 (3 news, 1 mention)" */
  const words = (row) => `${window.chandlery.format.score(row.score, 2)} (${counts(row)})`;

  /** What it is made of, as lines: "+0.60 Apple beats every forecast (tiingo)". */
  function lines(row) {
    const { score } = window.chandlery.format;
    return [words(row), ...row.titles.map(([value, source, title]) => `${score(value, 2)} ${title} (${source})`)];
  }

  /** Index of the row that a place on the axis lies in, -1 where nothing was said. @param {object[]} rows ascending */
  function indexAt(rows, x) {
    const at = rows.findIndex((row) => x < row.x + row.width / 2);
    return at >= 0 && x >= rows[at].x - rows[at].width / 2 ? at : -1;
  }

  const side = (score, { up, down, quiet }) => (Math.abs(score) < NEITHER ? quiet : score > 0 ? up : down);
  const strength = (count) => FAINTEST + ((1 - FAINTEST) * (Math.min(count, MANY) - 1)) / (MANY - 1);

  function paintNews(ctx, [count, score], px, wide, heights, colours) {
    const tall = heights(score) - heights(0);
    ctx.globalAlpha = strength(count);
    ctx.fillStyle = side(score, colours);
    if (Math.abs(tall) < LEAST_PX) ctx.fillRect(px - wide / 2, heights(0) - LEAST_PX / 2, wide, LEAST_PX);
    else ctx.fillRect(px - wide / 2, heights(0), wide, tall);
  }

  function paintSaid(ctx, [count, score], px, wide, heights, colours) {
    ctx.globalAlpha = strength(count);
    ctx.fillStyle = ctx.strokeStyle = side(score, colours);
    ctx.lineWidth = STEM_PX;
    ctx.beginPath();
    ctx.moveTo(px, heights(0));
    ctx.lineTo(px, heights(score));
    ctx.stroke();
    ctx.globalAlpha = 1; // a dot is never taken for a bar's end
    ctx.beginPath();
    ctx.arc(px, heights(score), Math.min(Math.max(wide / 2, DOT_PX.least), DOT_PX.most), 0, 2 * Math.PI);
    ctx.fill();
    ctx.lineWidth = 1;
  }

  /**
   * @param {(question: object) => void} send @param {() => void} came something else is to be shown
   * @param {{after: Function, cancel: Function}} clock @param {{caption: Function, headlines: Function}} parts
   *   what stands in the pane in words, and what keeps headlines open
   */
  function create(send, came, clock, { caption, headlines }) {
    const { about: span, create: asker } = window.chandlery.aside;
    const asking = asker(send, clock);
    let rows = [];
    let said = '';
    let version = 0;
    let about = '';

    let patience = 0;
    let painted = null; // the last frame, and the stage's geometry

    const at = (x) => rows[indexAt(rows, x)] || null;

    /** What was said at a place on the stage, null beside the pane. */
    function pointed({ x, y }) {
      if (!painted || !painted.pane) return null;
      const { pane, plot, frame } = painted;
      if (x > plot.width || y < pane.top || y > pane.top + pane.height) return null;
      const [low, high] = frame.view;
      return at(low + (x / plot.width) * (high - low));
    }

    /** What was said of the candle that the keyboard has gone to. */
    function read() {
      if (!painted || !painted.pane || painted.frame.pointer || painted.frame.bar < 0) return null;
      return at(painted.frame.bars.x[painted.frame.bar]);
    }
    const open = headlines({ pointed, read, changed: came });

    function put(bars, sentence) {
      if (!bars.length && !rows.length && sentence === said) return;
      open.close();
      rows = bars;
      said = sentence;
      version += 1;
      came();
    }

    return {
      /** Candles are on the screen: ask about them once they stay. @param {object} message @param {object} held bars @param {object} looks */
      rest(message, held, looks) {
        const wanted = looks.sentiment && held.n > 0;
        if (!wanted || message.ticker !== about) put([], '');
        about = message.ticker;
        asking.ask(wanted ? span(message, held) : null);
        clock.cancel(patience);
        if (!wanted || rows.length || said) return;
        put([], LOOKING);
        patience = clock.after(() => put([], NOTHING_CAME), PATIENCE_MS);
      },
      /** An answer came; one about another ticker than that on the screen is dropped. */
      told(answer) {
        if (!asking.expects(answer)) return;
        clock.cancel(patience);
        put(answer.bars, answer.words);
      },
      /** Changes with what is known. */
      get version() {
        return version;
      },
      /** What there is to say besides, "" for nothing. */
      get words() {
        return said;
      },
      /** What was said at a place on the axis, null for nothing. @param {number} x */
      at,
      /** Paint what is in the window. @param {CanvasRenderingContext2D} ctx @param {object} frame see surface.js @param {object} geometry */
      paint(ctx, frame, { plot, panes: { sentiment: pane } }) {
        painted = { frame, plot, pane };
        caption(pane, said, !rows.length);
        if (!pane || !rows.length) return;
        const [low, high] = frame.view;
        const perX = plot.width / (high - low);
        const heights = window.chandlery.panes.heights('sentiment', pane, frame);
        ctx.save();
        ctx.beginPath();
        ctx.rect(plot.left, pane.top, plot.width, pane.height);
        ctx.clip();
        ctx.fillStyle = frame.colours.border;
        ctx.fillRect(plot.left, Math.round(heights(0)), plot.width, 1);
        for (const row of rows) {
          if (row.x + row.width / 2 < low || row.x - row.width / 2 > high) continue;
          const px = (row.x - low) * perX;
          const wide = Math.max(row.width * perX * FILL, LEAST_PX);
          if (row.news) paintNews(ctx, row.news, px, wide, heights, frame.colours);
          if (row.said) paintSaid(ctx, row.said, px, wide, heights, frame.colours);
        }
        ctx.restore();
      },
      /** What the bar below the pointer is made of, or that of the candle under the keyboard; headlines that are kept open. */
      explain(ctx, { view: [low, high], pointer, colours }, geometry) {
        const { plot, panes } = geometry;
        const px = ({ x }) => ((x - low) / (high - low)) * plot.width;
        if (open.row) return open.place(px(open.row), geometry);
        const row = pointer ? pointed(pointer) : read();
        if (row) window.chandlery.callout.paint(ctx, { x: px(row), y: panes.sentiment.edge }, lines(row), plot, colours);
        return undefined;
      },
    };
  }

  /** What stands in the pane in words, in an element above the canvases; written when it changes, not every frame. */
  function caption(element) {
    let shown = '';
    return (pane, words, empty) => {
      const tall = pane ? pane.top + pane.height - pane.edge : 0;
      const state = pane ? `${pane.edge} ${tall} ${empty} ${words}` : '';
      if (state === shown) return;
      shown = state;
      element.parentElement.style.setProperty('--lower-pane', `${tall}px`); // other words stand above the pane
      element.hidden = !pane;
      element.classList.toggle('empty', empty); // shapes are explained where there are some
      if (pane) element.style.top = `${pane.edge + 1}px`;
      element.querySelector('.pane-note').textContent = words;
    };
  }

  /** The parts of a pane on a stage, see create. @param {HTMLElement} stage */
  function partsOf(stage) {
    const [words, box] = ['.pane-words', '.headlines'].map((name) => stage.querySelector(name));
    return { caption: caption(words), headlines: (pane) => window.chandlery.headlines.create(stage, box, pane) };
  }

  window.chandlery.sentiment = { partsOf, create, counts, words, lines, indexAt };
})();
