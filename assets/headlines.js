/**
 * The headlines behind a bar of the sentiment pane, with their links: kept open by a click on the bar, or by Enter while
 * the keyboard is on its candle. Strangers' words, shown as text only; links to http and https alone.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const CLICK_PX = 3; // a press that moves more is a drag
  const AIR_PX = 8;

  /** @param {any[]} title [score, source, words, address] */
  function entry([score, source, words, address]) {
    const { piece, foreign } = window.chandlery.mentionCard;
    const line = piece('li', '');
    const safe = /^https?:\/\//i.test(address);
    const told = foreign(safe ? 'a' : 'span', 'headline', words);
    if (safe) Object.assign(told, { href: address, target: '_blank', rel: 'noopener noreferrer' });
    line.append(piece('span', '', window.chandlery.format.score(score, 2)), told, piece('span', 'headline-source', source));
    return line;
  }

  /**
   * @param {HTMLElement} stage @param {HTMLElement} box
   * @param {{pointed: (place: object) => object|null, read: () => object|null, changed: () => void}} pane what was said at
   *   a place on the stage, and of the candle under the keyboard; told when the box has opened or closed
   */
  function create(stage, box, pane) {
    let open = null;
    let pressed = null;

    function close() {
      if (!open) return;
      const inside = box.contains(document.activeElement);
      open = null;
      box.hidden = true;
      if (inside) stage.focus({ preventScroll: true });
      pane.changed();
    }

    function show(row) {
      open = row;
      const head = window.chandlery.mentionCard.piece('p', 'headlines-sum', `Sentiment ${window.chandlery.sentiment.words(row)}`);
      const list = document.createElement('ul');
      list.append(...row.titles.map(entry));
      box.replaceChildren(head, list);
      box.hidden = false;
      pane.changed();
    }

    function read() {
      const row = pane.read();
      if (!row) return;
      show(row);
      (box.querySelector('a') || box).focus({ preventScroll: true });
    }

    stage.addEventListener('pointerdown', (event) => {
      pressed = box.contains(event.target) ? null : { x: event.clientX, y: event.clientY };
    });
    stage.addEventListener('click', (event) => {
      const still = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) <= CLICK_PX;
      if (!still || event.target.closest('a, button')) return;
      const { left, top } = stage.getBoundingClientRect();
      const row = pane.pointed({ x: event.clientX - left, y: event.clientY - top });
      if (row && row !== open) show(row);
      else close();
    });
    stage.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && open) {
        close();
        event.stopPropagation(); // the candle stays marked
      } else if (event.key === 'Enter' && event.target === stage) {
        event.preventDefault(); // or the link that comes to have the focus would be followed
        window.requestAnimationFrame(read); // after the frame in which the last key's candle is marked
      }
    });
    // What is done in the box is not done to the chart.
    for (const type of ['pointerdown', 'wheel']) box.addEventListener(type, (event) => event.stopPropagation(), { passive: true });

    return {
      close,
      /** Stand above the pane, over the bar. @param {number} px of its middle @param {object} geometry of the stage */
      place(px, { plot, height, panes }) {
        if (px < 0 || px > plot.width) return close();
        const left = Math.max(Math.min(px - box.offsetWidth / 2, plot.width - box.offsetWidth - AIR_PX), AIR_PX);
        Object.assign(box.style, { left: `${Math.round(left)}px`, bottom: `${Math.round(height - panes.sentiment.edge)}px` });
        return undefined;
      },
      /** The row that is told of, null where none is. */
      get row() {
        return open;
      },
    };
  }

  window.chandlery.headlines = { create };
})();
