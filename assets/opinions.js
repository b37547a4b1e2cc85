/**
 * Second opinion: bars on which another source does not agree are marked, and read out with all values. Asked for when
 * the chart has come to rest, in a question of its own: candles never wait for it.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const REST_MS = 600;
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
    let timer = 0;
    let asked = 0;
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
        clock.cancel(timer);
        asked = 0;
        const { ticker, resolution, source, seq } = message;
        const key = `${ticker} ${resolution} ${source}`;
        if (key !== about || !message.others || !held.n) put([]);
        about = key;
        if (!message.others || !held.n) return;
        const [first, last] = [held.t[0], held.t[held.n - 1]];
        timer = clock.after(() => {
          asked = seq;
          send({ seq, ticker, resolution, source, first, last });
        }, REST_MS);
      },
      /** An answer came; one about other candles than those on the screen is dropped. */
      told({ seq, bars: rows }) {
        if (seq === asked) put(rows);
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
