/**
 * The menu of sources: which one is shown, and how each does. The list itself is the server's
 * (components/source_picker.py); what cannot be used is marked so, and choosing it says why (controls.js).
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const WELL = 'ok';

  /** @param {HTMLElement} card the chart's own element */
  function create(card) {
    let states = new Map();

    const rows = () => [...card.querySelectorAll('.menu-item[data-source]')].filter((row) => row.dataset.source);

    function write(row) {
      const told = states.get(row.dataset.source);
      const { state, words } = told && Date.now() < told.until ? told : { state: WELL, words: '' };
      row.querySelector('.source-state').textContent = state;
      row.querySelector('.source-why').textContent = words;
      Object.assign(row.dataset, { state, why: words });
      row.setAttribute('aria-disabled', String(state === 'refused'));
    }

    const refresh = () => rows().forEach(write);

    return {
      /** What was limited may no longer be. */
      refresh,
      /** @param {{name: string, state: string, words: string, left_s: number|null}[]} told those that are not well */
      told(told) {
        const now = Date.now();
        states = new Map(told.map((one) => [one.name, { ...one, until: one.left_s === null ? Infinity : now + one.left_s * 1000 }]));
        refresh();
      },
      /** The source of the prices on the screen, on the menu's button. @param {string} name */
      shown(name) {
        const row = rows().find(({ dataset }) => dataset.source === name);
        const face = card.querySelector('.source-words');
        if (row && face) face.textContent = row.querySelector('.source-title').textContent;
      },
    };
  }

  window.chandlery.sources = { create };
})();
