/**
 * Menus: a button, and a list of choices that opens from it.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  /** Say of a button or of an item of a menu whether it is chosen, each in the word that its role has for that. */
  function mark(element, chosen) {
    const word = /^menuitem(radio|checkbox)$/.test(element.getAttribute('role')) ? 'aria-checked' : 'aria-pressed';
    element.setAttribute(word, String(chosen));
  }

  window.chandlery.menus = { mark };
})();
