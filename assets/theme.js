/**
 * Light or dark, and the colours that tell up from down. The scheme is Mantine's (an attribute of <html>, kept in the
 * browser's storage and set before the first paint); the tokens are in style.css.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const SCHEME_KEY = 'mantine-color-scheme-value';
  const CANDLES_KEY = 'chandlery-candles';
  const SAFE = 'colour-blind';
  const SOURCES = ['demo', 'files', 'tiingo', 'finnhub', 'yahoo'].map((name) => `source-${name}`);
  const TOKENS = ['page', 'panel', 'text', 'quiet', 'grid', 'border', 'up', 'down', 'rise', 'fall', 'hatch', 'accent', 'shade', 'onside', 'warn', ...SOURCES];
  const root = document.documentElement;

  /** A browser may refuse its storage; a preference is then kept for this page only. */
  function kept(key, value) {
    try {
      if (value === undefined) return window.localStorage.getItem(key);
      if (value === null) window.localStorage.removeItem(key);
      else window.localStorage.setItem(key, value);
    } catch {
      return null;
    }
    return value;
  }

  const system = () => (window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  const scheme = () => root.getAttribute('data-mantine-color-scheme') || system();

  /** Mantine listens for what other tabs store; so it learns of this, too. Without a storage it need not know. */
  function tellMantine(oldValue, newValue) {
    try {
      const storageArea = window.localStorage;
      window.dispatchEvent(new StorageEvent('storage', { key: SCHEME_KEY, oldValue, newValue, storageArea }));
    } catch {
      // Refused: see kept.
    }
  }

  /** Change to the other scheme; the one that the system has anyway is not pinned. */
  function toggle() {
    const next = scheme() === 'dark' ? 'light' : 'dark';
    const value = next === system() ? 'auto' : next;
    const before = kept(SCHEME_KEY);
    kept(SCHEME_KEY, value);
    root.setAttribute('data-mantine-color-scheme', next);
    tellMantine(before, value);
  }

  /** Colours for up and down that people with any colour vision can tell apart, or the usual ones. */
  function toggleCandles() {
    const safe = root.dataset.candles !== SAFE;
    if (safe) root.dataset.candles = SAFE;
    else delete root.dataset.candles;
    kept(CANDLES_KEY, safe ? SAFE : null);
  }

  /** The tokens as canvas and Plotly need them. @param {HTMLElement} element */
  function colours(element) {
    const css = window.getComputedStyle(element);
    return Object.fromEntries(TOKENS.map((name) => [name, css.getPropertyValue(`--${name}`).trim()]));
  }

  /** Say in the menus which colours are shown. */
  function mark() {
    const safe = root.dataset.candles === SAFE;
    for (const item of document.querySelectorAll('[data-testid="colour-toggle"]')) window.chandlery.menus.mark(item, safe);
  }

  function announce() {
    mark();
    window.chandlery.present().forEach((chart) => chart.repaint());
  }

  if (kept(CANDLES_KEY) === SAFE) root.dataset.candles = SAFE;
  const watched = { attributeFilter: ['data-mantine-color-scheme', 'data-candles'] };
  new MutationObserver(announce).observe(root, watched);
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', announce);

  window.chandlery.theme = { toggle, toggleCandles, colours, mark };
})();
