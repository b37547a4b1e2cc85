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

  /** As many lines as there is room for; the last one says how many more there are. @param {string[]} lines */
  function shortened(lines) {
    if (lines.length <= MOST_LINES) return lines;
    return [...lines.slice(0, MOST_LINES - 1), `and ${lines.length - MOST_LINES + 1} more`];
  }

  /**
   * @param {CanvasRenderingContext2D} ctx with the stage's font
   * @param {{x: number, y: number}} place its upper middle
   * @param {string[]} lines
   * @param {{left: number, top: number, width: number}} plot what it stays inside of
   */
  function paint(ctx, place, lines, plot, { page, border, text }) {
    const shown = shortened(lines);
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

  window.chandlery.callout = { paint, shortened };
})();
