/**
 * Rays from the entry of a call to what it had come to after each horizon: coloured by the excess over the benchmark,
 * dashed and quiet to the last price while that is pending. A filled end is better than the benchmark, a hollow one
 * worse, so that colour is not all there is to tell them by.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const STRONG = 0.2; // an excess of so much, or more, has the whole colour
  const FAINT = 0.35;
  const END_PX = 3;

  /** Price that a chart shows of a moment: the call's own, or where the chart adjusts otherwise the bar's close. */
  function shown(price, x, { bars, adjust }) {
    if (adjust === 'split') return price;
    const i = bars.nearest(x);
    return i < 0 ? null : bars.c[i];
  }

  /** x of the close of a day. */
  function closeX(day, { axis, resolution }) {
    const { secondsOf } = window.chandlery.mentionFold;
    if (Number.isNaN(Number(resolution))) return axis.barX(secondsOf(day), resolution);
    return axis.sessionOfDay(secondsOf(day) / 86400) + 1;
  }

  /**
   * The rays of a call, in x and prices of the chart; several that are pending are one.
   * @param {{price: number|null, outcomes: object[]}} call @param {number} x of its entry
   * @param {{bars: object, axis: object, resolution: string, adjust: string, end: {x: number, price: number}|null}} chart
   * @returns {{from: number[], to: number[], state: string, excess: number}[]}
   */
  function rays(call, x, chart) {
    const begin = call.price === null ? null : shown(call.price, x, chart);
    if (begin === null) return [];
    const made = call.outcomes.filter(({ price, day, excess }) => price !== null && day && excess !== null).map((outcome) => {
      const at = closeX(outcome.day, chart);
      const price = shown(outcome.price, at, chart);
      return price === null ? null : { from: [x, begin], to: [at, price], state: outcome.state, excess: outcome.excess };
    });
    const open = chart.end && chart.end.x > x && call.outcomes.some(({ state }) => state === 'pending');
    if (open) made.push({ from: [x, begin], to: [chart.end.x, chart.end.price], state: 'pending', excess: 0 });
    return made.filter(Boolean);
  }

  function colourOf({ state }, colours) {
    if (state === 'better') return colours.up;
    return state === 'worse' ? colours.down : colours.quiet;
  }

  function paintRay(ctx, ray, [x0, y0, x1, y1], colours, lit) {
    const pending = ray.state === 'pending';
    ctx.strokeStyle = ctx.fillStyle = colourOf(ray, colours);
    ctx.globalAlpha = pending ? 0.8 : FAINT + (1 - FAINT) * Math.min(Math.abs(ray.excess) / STRONG, 1);
    ctx.lineWidth = lit ? 2 : 1.25;
    ctx.setLineDash(pending ? [4, 4] : []);
    ctx.beginPath();
    ctx.moveTo(x0, y0);
    ctx.lineTo(x1, y1);
    ctx.stroke();
    if (pending) return;
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.arc(x1, y1, END_PX, 0, 2 * Math.PI);
    if (ray.state === 'worse') {
      ctx.save();
      ctx.globalAlpha = 1;
      ctx.fillStyle = colours.page;
      ctx.fill();
      ctx.restore();
      ctx.stroke();
    } else ctx.fill();
  }

  /**
   * @param {CanvasRenderingContext2D} ctx @param {{x: number, call: object}[]} points whose rays are painted
   * @param {Set<string>} lit ids of the calls that stand out @param {object} frame see surface.js
   */
  function paint(ctx, points, lit, frame, { xPx, yPx, geometry }) {
    const { bars, axis, message, last, colours } = frame;
    const end = last ? { x: message.last_x - Math.min(bars.slot, 1) / 2, price: last.price } : null;
    const chart = { bars, axis, end, resolution: message.resolution, adjust: message.state.adjust };
    const { plot, panes } = geometry;
    ctx.save();
    ctx.beginPath();
    ctx.rect(0, panes.price.top, plot.width, panes.price.height);
    ctx.clip();
    const place = ([x, price]) => [xPx(frame, x), yPx(frame, frame.toUnits(price))];
    for (const { x, call } of points) {
      for (const ray of rays(call, x, chart)) paintRay(ctx, ray, [...place(ray.from), ...place(ray.to)], colours, lit.has(call.id));
    }
    ctx.restore();
  }

  window.chandlery.mentionRays = { rays, paint };
})();
