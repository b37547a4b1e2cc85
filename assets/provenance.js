/**
 * Where the candles came from: a ribbon below them, coloured by source and tier, and words for each candle. The
 * stretches are told by components/provenance.py.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const RIBBON_PX = 4;
  const TIERS = { 'in-memory': 'from memory', sqlite: 'from the table', dynamodb: 'from the table', provider: 'from the source' };
  // The nearer, the stronger: at least 3 : 1 against the page in both schemes (see the tokens in style.css).
  const STRENGTH = { 'in-memory': 1, sqlite: 0.78, dynamodb: 0.78, provider: 0.6 };
  const ORDER = Object.keys(TIERS); // the slowest one counts for a candle that is made of several
  const HATCH_PX = 5;
  const DASH_PX = [2, 2];
  const LEAST_PX = 3; // of a last bar that may change, however narrow it is
  const INSIDE = 0.4; // of a slot: a week with a holiday is narrower than others
  const REACH_PX = 6;

  /**
   * The story of a candle: of the stretches that it is made of, the slowest tier, the oldest age, the worst state.
   * @param {object[]} spans of a message @param {number} x its middle @param {number} slot
   * @returns {object|null} null where nothing is known
   */
  function of(spans, x, slot) {
    const [low, high] = [x - slot * INSIDE, x + slot * INSIDE];
    const parts = (spans || []).filter((span) => span.x[0] < high && span.x[1] > low);
    if (!parts.length) return null;
    const tier = parts.map((part) => part.tier).sort((a, b) => ORDER.indexOf(b) - ORDER.indexOf(a))[0];
    return {
      source: parts[0].source,
      tier,
      basis: parts[0].basis,
      fetched_at: Math.min(...parts.map((part) => part.fetched_at)),
      stale: parts.some((part) => part.stale),
      provisional: parts.some((part) => part.provisional !== null && part.provisional < high),
    };
  }

  /** "demo", "from memory", "fetched 14:12", "given as traded": pieces of a line. @param {object} story see ``of`` */
  function pieces({ source, tier, fetched_at: fetched, basis }) {
    return [source, TIERS[tier] || tier, `fetched ${window.chandlery.format.moment(fetched)}`, `given ${basis}`];
  }

  /** What else there is to say: that a candle may change, that it is older than it should be. */
  function warnings({ stale, provisional }) {
    return [stale && 'stale', provisional && 'provisional'].filter(Boolean);
  }

  /** The colour of a source; one that has none of its own has the demo's, which is no colour. */
  const colourOf = (colours, source) => colours[`source-${source}`] || colours['source-demo'];

  /** Slanted strokes; they belong to the stretch, and so move with it. */
  function hatch(ctx, from, left, right, top) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, right - left, RIBBON_PX);
    ctx.clip();
    ctx.beginPath();
    const first = from + Math.floor((left - from) / HATCH_PX - 1) * HATCH_PX;
    for (let x = first; x < right; x += HATCH_PX) {
      ctx.moveTo(x, top + RIBBON_PX);
      ctx.lineTo(x + RIBBON_PX, top);
      ctx.lineTo(x + RIBBON_PX + HATCH_PX / 2, top);
      ctx.lineTo(x + HATCH_PX / 2, top + RIBBON_PX);
      ctx.closePath();
    }
    ctx.fill();
    ctx.restore();
  }

  /** Short dashes of half the height: not certain yet. */
  function dashes(ctx, left, right, top) {
    ctx.setLineDash(DASH_PX);
    ctx.lineWidth = RIBBON_PX / 2;
    ctx.beginPath();
    ctx.moveTo(left, top + RIBBON_PX / 2);
    ctx.lineTo(right, top + RIBBON_PX / 2);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.lineWidth = 1;
  }

  /** Pixels of a part of the axis, cut to the plot; null for what is off it. */
  function cut(from, to, width, least = 0) {
    const end = Math.min(to, width);
    const left = Math.max(Math.min(from, end - least), 0);
    return end > left ? [left, end] : null;
  }

  function paintSpan(ctx, span, xPx, plot, colours) {
    const top = plot.top + plot.height + 1;
    const [from, to] = span.x.map(xPx);
    const settled = span.provisional === null ? to : xPx(span.provisional);
    const sure = cut(from, settled - (settled < to ? 0 : 1), plot.width); // a pixel between one stretch and the next
    const open = settled < to ? cut(settled, to, plot.width, LEAST_PX) : null;
    if (span.stale) {
      const whole = cut(from, to, plot.width, LEAST_PX);
      ctx.fillStyle = colours.warn;
      if (whole) hatch(ctx, from, ...whole, top);
      return;
    }
    ctx.globalAlpha = STRENGTH[span.tier] || 1;
    ctx.fillStyle = ctx.strokeStyle = colourOf(colours, span.source);
    if (sure) ctx.fillRect(sure[0], top, (open ? Math.min(sure[1], open[0]) : sure[1]) - sure[0], RIBBON_PX);
    ctx.globalAlpha = 1;
    if (open) dashes(ctx, ...open, top);
  }

  /**
   * Paint the ribbon on the edge of the plot.
   * @param {CanvasRenderingContext2D} ctx @param {object} frame see surface.js @param {object} geometry of the stage
   */
  function paint(ctx, { view: [low, high], message, colours }, { plot }) {
    const xPx = (x) => ((x - low) / (high - low)) * plot.width;
    for (const span of message.spans || []) paintSpan(ctx, span, xPx, plot, colours);
  }

  /** What the ribbon means, where the pointer is on it. */
  function explain(ctx, { view: [low, high], message, bars, colours, pointer }, { plot }) {
    const foot = plot.top + plot.height;
    if (!pointer || pointer.x > plot.width || pointer.y < foot - REACH_PX || pointer.y > foot + RIBBON_PX + REACH_PX) return;
    const story = of(message.spans, low + (pointer.x / plot.width) * (high - low), bars.slot);
    if (!story) return;
    const [source, tier, fetched, basis] = pieces(story);
    const lines = [`${source}, ${basis}`, `${tier}, ${fetched}`];
    if (story.stale) lines.push('hatched: older than it should be');
    if (story.provisional) lines.push('dashed: provisional, may still change');
    window.chandlery.callout.paint(ctx, { x: pointer.x, y: foot }, lines, plot, colours);
  }

  window.chandlery.provenance = { RIBBON_PX, TIERS, STRENGTH, colourOf, of, pieces, warnings, paint, explain };
})();
