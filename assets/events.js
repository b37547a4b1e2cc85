/**
 * Splits and dividends at the foot of the price pane: a mark for each, folded into one with their number where they
 * would touch. What a mark says is told by components/events.py.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const SIZE_PX = 16;
  const GAP_PX = 4;
  const FOOT_PX = 3; // between a mark and the pane's edge
  const REACH_PX = 6; // around a mark that counts for the pointer, or the finger
  const RADIUS_PX = 4;
  const BESIDE = 0.4; // of a slot: what is nearer to a candle's middle belongs to it

  /**
   * Fold what would touch: no two groups are nearer than ``least``, and their order stays. A group stands in the middle
   * of what it holds, so that it moves as little as can be when the view does.
   * @param {{x: number}[]} events ascending @param {number} least distance of two marks, in x
   * @returns {{x: number, events: object[]}[]}
   */
  function fold(events, least) {
    const groups = [];
    for (const event of events) {
      const last = groups[groups.length - 1];
      if (!last || event.x - last.x >= least) groups.push({ x: event.x, events: [event] });
      else {
        last.events.push(event);
        last.x = (last.events[0].x + event.x) / 2; // to the right, so away from the group before
      }
    }
    return groups;
  }

  /** What happened with a bar. @param {{x: number}[]} events @param {number} x its middle @param {number} slot */
  const of = (events, x, slot) => events.filter((event) => Math.abs(event.x - x) < slot * BESIDE);

  /** What stands on a mark: a letter, or how many it holds. */
  const face = ({ events }) => (events.length === 1 ? events[0].kind : String(events.length));

  const words = ({ events }) => events.map((event) => event.words);

  /** Marks on the screen, each with its middle in pixels of the stage. */
  function placed({ message, view: [low, high] }, { plot, panes }) {
    const perPx = (high - low) / plot.width;
    const y = panes.price.top + panes.price.height - FOOT_PX - SIZE_PX / 2;
    return fold(message.events || [], (SIZE_PX + GAP_PX) * perPx)
      .map((group) => ({ ...group, px: (group.x - low) / perPx, y }))
      .filter(({ px }) => px > -SIZE_PX && px < plot.width + SIZE_PX);
  }

  /** The mark that a place lies on. */
  function under(marks, place) {
    const reach = SIZE_PX / 2 + REACH_PX;
    const near = marks.filter(({ px, y }) => Math.abs(place.x - px) <= reach && Math.abs(place.y - y) <= reach);
    return near.sort((a, b) => Math.abs(place.x - a.px) - Math.abs(place.x - b.px))[0];
  }

  function paintMark(ctx, mark, colours, lit) {
    const left = Math.round(mark.px - SIZE_PX / 2);
    const top = Math.round(mark.y - SIZE_PX / 2);
    const split = mark.events.some(({ kind }) => kind === 'S');
    ctx.beginPath();
    ctx.roundRect(left + 0.5, top + 0.5, SIZE_PX - 1, SIZE_PX - 1, RADIUS_PX);
    ctx.fillStyle = lit ? colours.accent : colours.page;
    ctx.fill();
    ctx.strokeStyle = split || lit ? colours.accent : colours.quiet;
    ctx.stroke();
    ctx.fillStyle = lit ? colours.onside : split ? colours.accent : colours.quiet;
    ctx.fillText(face(mark), left + SIZE_PX / 2, top + SIZE_PX / 2 + 0.5);
  }

  /**
   * Paint the marks, and beside the one that is pointed at, or that belongs to the candle under the keyboard, its words.
   * @param {CanvasRenderingContext2D} ctx @param {object} frame see surface.js @param {object} geometry of the stage
   */
  function paint(ctx, frame, geometry) {
    const { bar, bars, colours, pointer } = frame;
    const marks = placed(frame, geometry);
    if (!marks.length) return;
    const own = !pointer && bar >= 0 ? of(frame.message.events, bars.x[bar], bars.slot) : [];
    const told = pointer ? under(marks, pointer) : marks.find(({ events }) => events.some((event) => own.includes(event)));
    const { plot } = geometry;
    ctx.save(); // a mark that is half out of the window does not lie on the price axis
    ctx.beginPath();
    ctx.rect(0, plot.top, plot.width, plot.height);
    ctx.clip();
    ctx.textAlign = 'center';
    for (const mark of marks) paintMark(ctx, mark, colours, mark === told);
    ctx.restore();
    if (!told) return;
    const place = { x: told.px, y: told.y - SIZE_PX / 2 };
    window.chandlery.callout.paint(ctx, place, pointer ? words(told) : own.map((event) => event.words), plot, colours);
  }

  window.chandlery.events = { fold, of, face, paint };
})();
