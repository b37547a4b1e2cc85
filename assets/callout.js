/**
 * A small label on a canvas: some lines of text, above a place and inside the plot.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const LINE_PX = 16;
  const AIR_PX = 8;
  const OFF_PX = 6; // from the place that it tells about
  const RADIUS_PX = 6;
  const MOST_LINES = 6;
  const MOST_PX = 480; // of a line's width

  /** As many lines as there is room for; the last one says how many more there are. @param {string[]} lines */
  function shortened(lines) {
    if (lines.length <= MOST_LINES) return lines;
    return [...lines.slice(0, MOST_LINES - 1), `and ${lines.length - MOST_LINES + 1} more`];
  }

  /** A line that is not wider than so many pixels, its end left out where it would be. */
  function fitted(ctx, line, most) {
    if (ctx.measureText(line).width <= most) return line;
    const signs = [...line];
    let [some, all] = [0, signs.length]; // so many fit, so many do not
    while (all - some > 1) {
      const middle = (some + all) >> 1;
      if (ctx.measureText(`${signs.slice(0, middle).join('')}…`).width <= most) some = middle;
      else all = middle;
    }
    return `${signs.slice(0, some).join('').trimEnd()}…`;
  }

  /**
   * @param {CanvasRenderingContext2D} ctx with the stage's font
   * @param {{x: number, y: number}} place its upper middle
   * @param {string[]} lines
   * @param {{left: number, top: number, width: number}} plot what it stays inside of
   */
  function paint(ctx, place, lines, plot, { page, border, text }) {
    const most = Math.min(plot.width - 2 * AIR_PX - 4, MOST_PX);
    const shown = shortened(lines).map((line) => fitted(ctx, line, most));
    const width = Math.ceil(Math.max(...shown.map((line) => ctx.measureText(line).width))) + 2 * AIR_PX;
    const height = shown.length * LINE_PX + AIR_PX;
    const left = Math.round(Math.max(Math.min(place.x - width / 2, plot.left + plot.width - width - 2), plot.left + 2));
    const top = Math.round(Math.max(place.y - OFF_PX - height, plot.top));
    ctx.beginPath();
    ctx.roundRect(left + 0.5, top + 0.5, width, height, RADIUS_PX);
    ctx.fillStyle = page;
    ctx.fill();
    ctx.strokeStyle = border;
    ctx.stroke();
    ctx.fillStyle = text;
    shown.forEach((line, i) => ctx.fillText(line, left + AIR_PX, top + AIR_PX / 2 + (i + 0.5) * LINE_PX + 0.5));
  }

  window.chandlery.callout = { paint, shortened, fitted };
})();
