/**
 * Marks over the candles: buttons of the document, so that they can be pointed at, tapped and walked through by key.
 * A frame only moves them; an element is made or named anew when it stands for another group.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const OFF_PX = 5; // between a candle and its mark
  const GLYPH_PX = 12;
  const PILL_PX = 22;
  const NARROW_PX = 500; // of a plot: its clusters say less
  const HAND = '(pointer: coarse), (max-width: 640px)';

  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

  /** What a mark is called. @param {object} group see mention_fold.js @param {string} benchmark */
  function nameOf(group, benchmark) {
    const { words, meaning } = window.chandlery.mentionFold;
    if (group.count > 1) return [words(group, benchmark), meaning(group, benchmark)].filter(Boolean).join('. ');
    const { call } = group;
    return [capital(call.action), call.published, call.channel, call.title].filter(Boolean).join(', ');
  }

  /**
   * Middle of a group's mark, px of the stage: buys below their candle, all others above, clusters above what they span.
   * Null beyond the window, and where there is no candle to put it beside.
   */
  function placeOf(group, frame, { xPx, yPx, geometry }, size) {
    const { bars, toUnits } = frame;
    const px = xPx(frame, group.x);
    if (px + group.width / 2 < 0 || px - group.width / 2 > geometry.plot.width) return null;
    const half = bars.slot / 2;
    const extent = bars.extent(group.x0 - half * 0.9, group.x1 + half * 0.9);
    if (!extent) return null;
    const { top, height } = geometry.panes.price;
    const below = group.count === 1 && group.call.direction > 0;
    const off = OFF_PX + (group.count === 1 ? GLYPH_PX : PILL_PX) / 2;
    const y = below ? yPx(frame, toUnits(extent[0])) + off : yPx(frame, toUnits(extent[1])) - off;
    const air = Math.min(size, PILL_PX) / 2;
    return { px, y: Math.max(Math.min(y, top + height - air), top + air), width: group.width, size, count: group.count };
  }

  /**
   * @param {HTMLElement} layer over the stage
   * @param {{over: Function, out: Function, choose: Function, leave: Function}} hooks told the group pointed at or
   *   focused (``over(group, byKey)``), that it no longer is, that it is chosen, that the keyboard wants to go
   */
  function create(layer, hooks) {
    const hand = window.matchMedia(HAND);
    const moved = document.createElement('div'); // what a pan moves: all marks at once
    moved.className = 'mentions-moved';
    layer.append(moved);
    const used = new Map(); // by key of the group
    const spare = [];
    let shown = []; // keys from left to right
    let wide = 0;
    let stop = null; // key of the mark that Tab leads to

    const keyOf = ({ points, width }) => `${points[0].call.id} ${points.length} ${width}`;
    /** What became of a group's calls: a later answer, or another entry, may tell it otherwise of the same ones. */
    const became = ({ calls, settled, beat }) => `${calls} ${settled} ${beat}`;
    const groupOf = (target) => {
      const button = target.closest && target.closest('.mention');
      const found = button && used.get(button.dataset.key);
      return found ? found.group : null;
    };

    function dress(button, key, group, benchmark, brief) {
      const cluster = group.count > 1;
      button.dataset.key = key;
      button.dataset.kind = cluster ? 'cluster' : group.call.kind;
      button.dataset.count = String(group.count);
      button.textContent = cluster ? window.chandlery.mentionFold.words(group, brief) : '';
      button.setAttribute('aria-label', nameOf(group, benchmark));
      button.hidden = false;
    }

    function make() {
      const button = document.createElement('button');
      Object.assign(button, { type: 'button', className: 'mention', tabIndex: -1 });
      button.dataset.testid = 'mention-marker';
      moved.append(button);
      return button;
    }

    function take(key, group, benchmark, brief) {
      const button = spare.pop() || make();
      dress(button, key, group, benchmark, brief);
      const made = { button, group, at: '', lit: false };
      used.set(key, made);
      return made;
    }

    function free(key) {
      const { button } = used.get(key);
      used.delete(key);
      if (button === document.activeElement) layer.parentElement.focus({ preventScroll: true }); // never lost
      button.hidden = true;
      button.classList.remove('lit');
      spare.push(button);
    }

    /** One mark is in the order of Tab; arrows lead to the others. */
    function stopAt(key) {
      if (stop !== null && used.has(stop)) used.get(stop).button.tabIndex = -1;
      stop = key;
      if (used.has(key)) used.get(key).button.tabIndex = 0;
    }

    layer.addEventListener('pointerover', (event) => event.pointerType !== 'touch' && groupOf(event.target) && hooks.over(groupOf(event.target)));
    layer.addEventListener('pointerout', (event) => event.pointerType !== 'touch' && groupOf(event.target) && hooks.out());
    layer.addEventListener('focusin', ({ target }) => {
      stopAt(target.dataset.key);
      if (target.matches(':focus-visible')) hooks.over(groupOf(target));
    });
    layer.addEventListener('focusout', () => hooks.out());
    layer.addEventListener('click', ({ target }) => groupOf(target) && hooks.choose(groupOf(target)));
    layer.addEventListener('keydown', (event) => {
      const at = shown.indexOf(event.target.dataset.key);
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: shown.length - 1 }[event.key];
      if (event.key === 'Escape') hooks.leave();
      else if (to === undefined) return;
      else if (used.has(shown[to])) used.get(shown[to]).button.focus({ preventScroll: true });
      event.preventDefault(); // the keys of the chart do not move, too
    });

    return {
      /** Side of a single mark, px: what a finger hits, or a mouse. */
      get size() {
        return hand.matches ? 40 : 24;
      },
      /** The benchmark as clusters name it, see mention_fold.js. */
      brief: (benchmark, { plot }) => (plot.width < NARROW_PX ? '' : benchmark),
      /**
       * Show groups where a frame has them.
       * @returns {{group: object, mark: object}[]} those that are on the screen
       */
      put(groups, frame, tools, benchmark, lit) {
        const { size } = this;
        const brief = this.brief(benchmark, tools.geometry);
        const { plot } = tools.geometry;
        if (wide !== plot.width) layer.style.width = `${(wide = plot.width)}px`;
        const seen = [];
        for (const group of groups) {
          const mark = placeOf(group, frame, tools, size);
          if (mark) seen.push({ group, mark, key: keyOf(group) });
        }
        window.chandlery.mentionFold.inside(seen.map(({ mark }) => mark), plot.width);
        const keys = new Set(seen.map(({ key }) => key));
        [...used.keys()].filter((key) => !keys.has(key)).forEach(free);
        const base = seen.length ? groups[0].x : 0;
        const shift = tools.xPx(frame, base);
        moved.style.transform = `translateX(${shift.toFixed(1)}px)`;
        for (const { group, mark, key } of seen) {
          const held = used.get(key) || take(key, group, benchmark, brief);
          if (held.group !== group && became(held.group) !== became(group)) dress(held.button, key, group, benchmark, brief);
          const at = `translate(${(mark.px - shift).toFixed(1)}px, ${mark.y.toFixed(1)}px) translate(-50%, -50%)`;
          if (held.at !== at) held.button.style.transform = held.at = at;
          held.group = group;
          const stands = lit.size > 0 && group.points.some(({ call }) => lit.has(call.id));
          if (held.lit !== stands) held.button.classList.toggle('lit', (held.lit = stands));
        }
        shown = seen.map(({ key }) => key);
        if (!used.has(stop) && shown.length) stopAt(shown[0]);
        return seen;
      },
      clear() {
        [...used.keys()].forEach(free);
        shown = [];
      },
    };
  }

  window.chandlery.mentionMarks = { create, nameOf, placeOf };
})();
