/**
 * The system page in the browser: it asks while somebody looks, one question at a time, and says when the figures on
 * the screen are old because no answer comes.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const OLD_MS = 12000; // two answers did not come

  const find = (testid) => document.querySelector(`[data-testid="${testid}"]`);
  let seen = { page: null, answer: '', at: 0, asked: 0 };

  /** Note whether an answer came since the last look. */
  function look(page, now) {
    const { answer } = page.dataset;
    if (page !== seen.page || answer !== seen.answer) seen = { page, answer, at: now, asked: 0 };
  }

  /** Whether to ask now. @returns {boolean} */
  function due(page) {
    const now = Date.now();
    look(page, now);
    const { connection } = window.chandlery;
    const old = connection.gone || now - seen.at > OLD_MS;
    find('system-old').hidden = !old;
    if (old) connection.suspect(); // it asks by itself until the server is there again
    if (connection.gone) seen.asked = 0; // what was asked will not be answered
    if (connection.gone || now - seen.asked < OLD_MS) return false;
    seen.asked = now;
    return true;
  }

  /** Ask if the page is there, and seen. */
  function tick() {
    const page = find('system-page');
    return page && !document.hidden && due(page) ? Date.now() : window.dash_clientside.no_update;
  }

  document.addEventListener('visibilitychange', () => {
    if (document.hidden || !find('system-page')) return;
    seen.at = Date.now(); // nobody asked while nobody looked
    const asked = tick();
    if (asked !== window.dash_clientside.no_update) window.dash_clientside.set_props({ type: 'system-asked', page: 1 }, { data: asked });
  });

  /** The chart that a person comes from is the one that the links lead back to. */
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-page="chart"]');
    if (!link || !document.referrer || !find('system-page')) return;
    const { origin, pathname, search } = new URL(document.referrer);
    if (origin === window.location.origin && pathname === '/') link.href = `/${search}`;
  }, true);

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.system = { tick };
})();
