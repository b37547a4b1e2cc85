/**
 * What an extractor was unsure of, decided by a person. The list is drawn anew after each decision and whenever the channel
 * has moved on, and nothing of what stood there is left then: what was typed and not sent, where somebody is with the
 * keyboard, and that the decided ones were folded out is kept here and put back.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const TICKER = '.review-ticker input';
  const ACTION = '.review-action';
  const BUSY = { attributes: true, attributeFilter: ['aria-busy'], subtree: true };
  const watched = new WeakSet(); // panels
  const drafts = new Map(); // review: what stands in its fields
  let place = null; // where the focus is, or was when its element went
  let folded = true;

  const idOf = (element) => element.closest('[data-review]').dataset.review;
  const valueOf = (item, field) => (item.querySelector(field) || {}).value || '';
  const fieldsOf = (item) => ({ ticker: valueOf(item, TICKER), action: valueOf(item, ACTION) });
  const isIn = (element) => Boolean(element.closest && element.closest('[data-review]'));

  /** What a person has decided with a button: {review, video, deed, ticker, action}. Nothing else can be, until it is kept. */
  function take(button) {
    const item = button.closest('[data-review]');
    const { deed, video } = button.dataset;
    for (const each of item.querySelectorAll('button')) each.disabled = true;
    return { review: idOf(item), video, deed, ...(drafts.get(idOf(item)) || fieldsOf(item)) };
  }

  /** Nothing is under way any more: what has had no answer can be decided again. */
  function allow(panel) {
    for (const button of panel.querySelectorAll('[data-deed]:disabled')) button.disabled = false;
  }

  /** How an element of an item is found again in another one. */
  function nameOf(element) {
    const named = [TICKER, ACTION, 'a'].find((name) => element.matches(name));
    return named || `[data-deed="${element.dataset.deed}"]`;
  }

  /** What was typed stands in its fields again, until it is decided: an answer that fails takes nothing away. */
  function putDraftsBack(panel) {
    for (const item of panel.querySelectorAll('.review')) {
      const draft = drafts.get(idOf(item));
      if (!item.querySelector(TICKER)) drafts.delete(idOf(item));
      else if (draft) {
        item.querySelector(TICKER).value = draft.ticker;
        item.querySelector(ACTION).value = draft.action;
      }
    }
  }

  /** The element that stands where the focus was: the same, or that of the item that has moved up. */
  function successor(panel) {
    const items = [...panel.querySelectorAll('.review')];
    const waiting = items.filter((item) => item.querySelector(TICKER));
    const same = items.find((item) => idOf(item) === place.review && item.querySelector(place.name));
    const opened = waiting.find((item) => idOf(item) === place.review);
    const item = (same && same.checkVisibility() && same) || opened || waiting[Math.min(place.index, waiting.length - 1)];
    return item ? item.querySelector(place.name) || item.querySelector('button') : document.getElementById('tab-review');
  }

  function putFocusBack(panel) {
    const nobody = !document.activeElement || document.activeElement === document.body;
    if (!place || !nobody || panel.hidden) return;
    const { caret, name } = place;
    const element = successor(panel);
    element.focus({ preventScroll: true });
    if (name === TICKER && element.matches(TICKER)) element.setSelectionRange(caret, caret);
  }

  /** See to it that what a person has begun in a panel outlives that it is filled anew. */
  function keep(panel) {
    if (watched.has(panel)) return;
    watched.add(panel);
    drafts.clear();
    place = null;
    folded = true;
    const drawn = () => {
      const details = panel.querySelector('.decided');
      if (details) details.open = !folded;
      putDraftsBack(panel);
      putFocusBack(panel);
    };
    new MutationObserver(drawn).observe(panel, { childList: true, subtree: true });
    new MutationObserver(() => panel.querySelector('[aria-busy="true"]') || allow(panel)).observe(panel, BUSY);
  }

  function moved({ target }) {
    if (!isIn(target)) return;
    const items = [...target.closest('[data-panel]').querySelectorAll('.review')];
    const index = items.indexOf(target.closest('[data-review]'));
    place = { review: idOf(target), index, name: nameOf(target), caret: target.selectionStart };
  }

  function typed(event) {
    if (!isIn(event.target)) return;
    drafts.set(idOf(event.target), fieldsOf(event.target.closest('[data-review]')));
    moved(event);
  }

  window.chandlery.deciding = { take, keep };
  if (typeof document === 'undefined') return;

  document.addEventListener('focusin', moved);
  document.addEventListener('input', typed);
  document.addEventListener('keyup', moved); // the caret
  // React does not know what was put back: it writes what it does know whenever a field is left, or Enter is pressed in it.
  for (const moment of ['focusout', 'keyup']) {
    document.addEventListener(moment, ({ target }) => {
      const panel = isIn(target) && target.closest('[data-panel]');
      if (panel) setTimeout(() => putDraftsBack(panel));
    });
  }
  document.addEventListener('focusout', ({ target }) => {
    // A button that was pressed is disabled, and an element that is drawn anew goes: nobody has left those.
    const left = () => target.isConnected && !target.disabled && !isIn(document.activeElement);
    if (isIn(target)) setTimeout(() => { if (left()) place = null; });
  });
  document.addEventListener('toggle', ({ target }) => {
    if (target.matches('.decided')) folded = !target.open;
  }, true);
})();
