/**
 * Second opinion: bars on which another source does not agree are marked, and read out with all values. How they are
 * asked for is told by aside.js.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const MARK_PX = 4;
  const AIR_PX = 5;
  const COLUMNS = { O: 1, H: 2, L: 3, C: 4 }; // places in [source, open, high, low, close, volume]

  /**
   * All values of a bar, of the columns in which they differ: "tiingo C 182.31 · yahoo C 182.90".
   * @param {Array[]} values [source, open, high, low, close, volume], the shown source first
   */
  function words(values) {
    const { price } = window.chandlery.format;
    const texts = (place) => values.map((row) => price(row[place]));
    const letters = Object.keys(COLUMNS).filter((letter) => new Set(texts(COLUMNS[letter])).size > 1);
    return values.map((row) => [row[0], ...letters.map((letter) => `${letter} ${price(row[COLUMNS[letter]])}`)].join(' ')).join(' · ');
  }

  /**
   * @param {(question: object) => void} send @param {() => void} came marks have changed
   * @param {{after: Function, cancel: Function}} clock
   */
  function create(send, came, clock) {
    let bars = new Map();
    const { about: span, create: asker } = window.chandlery.aside;
    const asking = asker(send, clock);
    let version = 0;
    let about = '';

    function put(rows) {
      if (!rows.length && !bars.size) return;
      bars = new Map(rows);
      version += 1;
      came();
    }

    return {
      /** Candles are on the screen: ask about them once they stay. @param {object} message @param {object} held bars */
      rest(message, held) {
        const { ticker, resolution, source } = message;
        const known = message.others && held.n > 0;
        const key = `${ticker} ${resolution} ${source}`;
        if (key !== about || !known) put([]);
        about = key;
        asking.ask(known ? span(message, held) : null);
      },
      /** An answer came; one about other candles than those on the screen is dropped. */
      told(answer) {
        if (asking.expects(answer)) put(answer.bars);
      },
      /** Changes with the marks. */
      get version() {
        return version;
      },
      /** All values of a bar that is marked, "" of one that is not. @param {number} time UTC seconds */
      of: (time) => (bars.has(time) ? words(bars.get(time)) : ''),
      /** Mark the bars of a window above their highs. @param {CanvasRenderingContext2D} ctx @param {object} frame */
      paint(ctx, frame, xPx, yPx) {
        if (!bars.size) return;
        const { t, x, h } = frame.bars;
        ctx.fillStyle = frame.colours.warn;
        const [first, after] = frame.bars.within(...frame.view);
        for (let i = first; i < after; i += 1) {
          if (bars.has(t[i])) mark(ctx, xPx(frame, x[i]), yPx(frame, frame.toUnits(h[i])) - AIR_PX);
        }
      },
    };
  }

  /** A small triangle that points at the bar below it. */
  function mark(ctx, px, py) {
    ctx.beginPath();
    ctx.moveTo(px, py);
    ctx.lineTo(px - MARK_PX, py - MARK_PX * 1.6);
    ctx.lineTo(px + MARK_PX, py - MARK_PX * 1.6);
    ctx.fill();
  }

  window.chandlery.opinions = { create, words };
})();
