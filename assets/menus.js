/**
 * Menus by the WAI-ARIA pattern: a button with aria-haspopup, beside it the list that it names by aria-controls. What
 * an item does is controls.js's business, that it is chosen story.js's and theme.js's. Listens once for the whole page,
 * because cards come and go.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const BUTTON = '[aria-haspopup="menu"]';
  const LIST = '[role="menu"]';
  const ITEM = '[role^="menuitem"]';
  const OPEN = `${BUTTON}[aria-expanded="true"]`;

  /** Say of a button or of an item of a menu whether it is chosen, each in the word that its role has for that. */
  function mark(element, chosen) {
    const word = /^menuitem(radio|checkbox)$/.test(element.getAttribute('role')) ? 'aria-checked' : 'aria-pressed';
    element.setAttribute(word, String(chosen));
  }

  /** The item that a key leads to, undefined for a key that leads nowhere. The arrows go round. */
  function step(key, at, count) {
    const places = { ArrowDown: (at + 1) % count, ArrowUp: (at <= 0 ? count : at) - 1, Home: 0, End: count - 1 };
    return places[key];
  }

  const listOf = (button) => document.getElementById(button.getAttribute('aria-controls'));
  const buttonOf = (list) => list.parentElement.querySelector(BUTTON);
  const itemsOf = (list) => [...list.querySelectorAll(ITEM)];

  /** @param {HTMLElement} button @param {string} at where the focus goes: the chosen item, else "first"; "last" */
  function open(button, at = 'first') {
    shut();
    const list = listOf(button);
    list.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    const items = itemsOf(list);
    const chosen = items.find((item) => item.matches('[role="menuitemradio"][aria-checked="true"]'));
    const first = items[0].matches('[role="menuitemradio"]') && chosen ? chosen : items[0]; // where it is one choice
    (at === 'last' ? items[items.length - 1] : first).focus({ preventScroll: true });
  }

  /** Close whatever is open; ``back``: the focus returns to its button. */
  function shut(back = false) {
    for (const button of document.querySelectorAll(OPEN)) {
      button.setAttribute('aria-expanded', 'false');
      if (back) button.focus({ preventScroll: true });
      listOf(button).hidden = true; // after the focus has left it, so that it is never lost
    }
  }

  function keyInList(event, list) {
    const items = itemsOf(list);
    const next = step(event.key, items.indexOf(event.target.closest(ITEM)), items.length);
    if (next !== undefined) items[next].focus({ preventScroll: true });
    else if (event.key === 'Escape' || event.key === 'Tab') shut(true);
    else if (event.key.length > 1 || event.key === ' ') return; // letters: no quick find of Firefox's behind the menu
    event.preventDefault();
  }

  function keyOnButton(event, button) {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return; // Enter and Space are clicks
    open(button, event.key === 'ArrowUp' ? 'last' : 'first');
    event.preventDefault();
  }

  function listen() {
    document.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const list = event.target.closest(LIST);
      const button = event.target.closest(BUTTON);
      if (list) keyInList(event, list);
      else if (button) keyOnButton(event, button);
    });
    document.addEventListener('click', (event) => {
      const button = event.target.closest(BUTTON);
      if (button) (button.getAttribute('aria-expanded') === 'true' ? shut : open)(button);
      else if (event.target.closest(ITEM)) shut(true);
    });
    // A press beside it; the button's own press is its click's.
    document.addEventListener(
      'pointerdown',
      ({ target }) => {
        const opened = document.querySelector(OPEN);
        if (opened && !opened.contains(target) && !listOf(opened).contains(target)) shut();
      },
      true,
    );
    document.addEventListener('focusout', (event) => {
      const list = event.target.closest(LIST);
      const to = event.relatedTarget; // null: the window was left, and the menu may stay
      if (list && to && !list.contains(to) && to !== buttonOf(list)) shut();
    });
  }

  if (typeof document !== 'undefined') listen();
  window.chandlery.menus = { mark, step };
})();
