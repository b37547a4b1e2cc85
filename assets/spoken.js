/**
 * The read-out as a sentence that is read aloud: after the keyboard has moved, and when another ticker, range or
 * resolution is shown. Never because of a pointer, which a person who sees moves. Looks at the page alone: the
 * read-out (story.js) and the marks of the card.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const PAUSE_MS = 400; // a key that is held down says one sentence, at its end
  const CARD = '[data-testid="price-chart"]';
  const NAMES = { O: 'open', H: 'high', L: 'low', C: 'close' };
  const ANSWER = ['data-ticker', 'data-resolution', 'data-range'];

  /** "down 2.48 %" from "−10.93 (−2.48 %)"; "" where nothing is known. */
  function way(change) {
    const found = /\(([+\u2212]?)([\d.,]+)\u00a0?\s*%\)/.exec(change);
    if (!found) return '';
    return found[1] ? `${found[1] === '+' ? 'up' : 'down'} ${found[2]} %` : 'unchanged';
  }

  /**
   * @param {{name: string, kind: string, value: string}[]} fields of the read-out
   * @returns {string} "Fri 1 Mar 2013, open 438.00, …, down 2.48 %"
   */
  function sentence(fields) {
    const words = fields.map(({ name, kind, value }) => {
      if (kind.includes('change')) return way(value);
      if (kind.includes('opinion')) return `sources do not agree: ${value}`;
      if (kind.includes('sentiment')) return `sentiment ${value}`;
      if (kind.includes('origin')) return ''; // who wants to know finds it in the read-out
      if (!name) return value;
      return NAMES[name] ? `${NAMES[name]} ${value}` : '';
    });
    return words.filter(Boolean).join(', ');
  }

  /** What stands in a read-out: its fields, or a remark. @param {HTMLElement} readout */
  function fieldsOf(readout) {
    const fields = [...readout.querySelectorAll('.field')].map((field) => {
      const name = field.querySelector('.name');
      const label = name ? name.textContent : '';
      return { name: label.trim(), kind: field.className, value: field.textContent.slice(label.length).trim() };
    });
    return fields.length ? fields : [{ name: '', kind: '', value: readout.textContent.trim() }];
  }

  let hand = ''; // what moved last: "key", "pointer"; "" for neither
  const heard = new WeakSet();

  /** @param {HTMLElement} card */
  function listenTo(card) {
    const readout = card.querySelector('.readout');
    const place = card.querySelector('.spoken');
    if (!readout || !place || heard.has(card)) return;
    heard.add(card);
    let timer = 0;
    let other = false; // whether what is shown is another ticker, range or resolution than what was said
    function say() {
      const words = sentence(fieldsOf(readout));
      if (!words) return;
      place.textContent = other ? `${card.dataset.ticker}, ${words}` : words;
      other = false;
    }
    function later() {
      clearTimeout(timer);
      timer = setTimeout(say, PAUSE_MS);
    }
    new MutationObserver(() => (hand === 'key' || other) && later()).observe(readout, { childList: true });
    const marks = new MutationObserver((changes) => {
      const meant = changes.some(({ attributeName: name, oldValue }) => {
        const value = card.getAttribute(name);
        return value && value !== oldValue;
      });
      if (!meant || hand === 'pointer') return;
      other = true;
      later();
    });
    marks.observe(card, { attributeFilter: ANSWER, attributeOldValue: true });
    other = true;
    later();
  }

  const look = () => document.querySelectorAll(CARD).forEach(listenTo);

  function listen() {
    const hands = { keydown: 'key', click: '', pointerdown: 'pointer', pointermove: 'pointer', wheel: 'pointer' };
    for (const [type, kind] of Object.entries(hands)) {
      const note = ({ target, movementX, movementY }) => {
        if (type === 'pointermove' && !movementX && !movementY) return; // the page moved below a resting pointer
        // A pointer counts where it moves candles or read-out; a click on a control asks for an answer.
        const onStage = target.closest && target.closest('.stage') && !target.closest('button');
        if (kind === 'key' || Boolean(kind) === Boolean(onStage)) hand = kind;
        if (kind !== 'pointer') look();
      };
      document.addEventListener(type, note, { capture: true, passive: true });
    }
    // The first card, before anything is drawn in it; what comes later is found at the next key or click.
    const first = new MutationObserver(() => {
      if (!document.querySelector(CARD)) return;
      first.disconnect();
      look();
    });
    first.observe(document, { childList: true, subtree: true });
  }

  if (typeof document !== 'undefined') listen();
  /** What changes next is nobody's doing: a price that has come by itself is not read aloud. */
  const rest = () => {
    hand = '';
  };

  window.chandlery.spoken = { sentence, rest };
})();
