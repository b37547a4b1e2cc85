/**
 * What belongs to the document and not to a page: the skeleton goes when the page has come, part by part, and the
 * browser's own bars take the colour of the scheme.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const PATIENCE_MS = 12000;

  /** What stands in the place of each part of the skeleton. */
  const PARTS = [
    ['.skeleton-header', '.header'],
    ['.skeleton-toolbar', '.toolbar'],
    ['.skeleton-status', '.status'],
  ];

  /**
   * Take away what the page has put something in the place of.
   * @param {Document} root
   * @returns {boolean} whether the whole skeleton is gone
   */
  function clear(root) {
    const skeleton = root.querySelector('.skeleton');
    if (!skeleton) return true;
    for (const [part, real] of PARTS) {
      // Its place is kept: the axes must not move.
      if (root.querySelector(real)) skeleton.querySelector(part).style.visibility = 'hidden';
    }
    const chart = root.querySelector('[data-testid="price-chart"]');
    const told = chart && chart.dataset.state && chart.dataset.state !== 'loading';
    const other = !chart && root.querySelector('main');
    if (!told && !other) return false;
    skeleton.remove();
    return true;
  }

  /** The page itself did not come: say so, and offer to load it again. */
  function complain() {
    const note = document.createElement('div');
    note.className = 'unloaded';
    note.setAttribute('role', 'alert');
    const words = document.createElement('p');
    words.textContent = 'The page did not load. Check the connection, then load it again.';
    const again = document.createElement('button');
    Object.assign(again, { type: 'button', textContent: 'Load again', onclick: () => window.location.reload() });
    note.append(words, again);
    document.body.append(note);
    const observer = new MutationObserver(() => {
      if (!document.querySelector('.header')) return;
      note.remove();
      observer.disconnect();
    });
    observer.observe(document.getElementById('react-entry-point'), { childList: true, subtree: true });
  }

  function watch() {
    if (clear(document)) return;
    const observer = new MutationObserver(() => clear(document) && observer.disconnect());
    const what = { childList: true, subtree: true, attributes: true, attributeFilter: ['data-state'] };
    observer.observe(document.getElementById('react-entry-point'), what);
  }

  /** The bars of the browser follow the page, also when a person chose another scheme than the system's. */
  function colour() {
    const page = window.getComputedStyle(document.documentElement).getPropertyValue('--page').trim();
    document.querySelectorAll('meta[name="theme-color"]').forEach((meta) => meta.setAttribute('content', page));
  }

  if (typeof document !== 'undefined') {
    watch();
    setTimeout(() => document.querySelector('.header') || complain(), PATIENCE_MS);
    colour();
    const scheme = { attributes: true, attributeFilter: ['data-mantine-color-scheme'] };
    new MutationObserver(colour).observe(document.documentElement, scheme);
  }

  window.chandlery.page = { clear };
})();
