/**
 * What a channel said, in the browser: tabs whose choice stands in the address, questions that are asked when a person
 * first looks and again when the channel has moved on, quotes, decisions.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const VIEWS = ['stocks', 'timeline', 'review'];

  /** Which view an address names. @param {string} search */
  function viewOf(search) {
    const named = new URLSearchParams(search).get('view');
    return VIEWS.includes(named) ? named : VIEWS[0];
  }

  /** The query of an address with another view; the first view goes without saying. */
  function withView(search, view) {
    const query = new URLSearchParams(search);
    if (view === VIEWS[0]) query.delete('view');
    else query.set('view', view);
    const text = query.toString();
    return text ? `?${text}` : '';
  }

  /** The tab that a key leads to, undefined for a key that leads nowhere. The arrows go round. */
  function step(key, view) {
    const at = VIEWS.indexOf(view);
    const places = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: VIEWS.length - 1 };
    return key in places ? VIEWS[(places[key] + VIEWS.length) % VIEWS.length] : undefined;
  }

  /** The path of a link into the track record, with the rule of entry that the page has. */
  function withEntry(path, search) {
    const entry = new URLSearchParams(search).get('entry');
    return entry ? `${path}?${new URLSearchParams({ entry })}` : path;
  }

  window.chandlery.said = { viewOf, withView, step, withEntry };
  if (typeof document === 'undefined') return;

  let state = null; // of the channel: {id, revision, …}
  let asked = {}; // view: the revision that it was asked for
  let decisions = 0;
  let mine = false; // the next revision comes of a decision here
  const section = () => document.querySelector('[data-testid="said"]');
  const set = (type, data) => window.dash_clientside.set_props({ type, page: 1 }, data);

  /** Ask for a view as of now. */
  function ask(view, more = {}) {
    asked[view] = state.revision;
    set(`${view}-asked`, { data: { id: state.id, revision: state.revision, at: Date.now(), ...more } });
  }

  /** Ask for what is seen, unless it is there; the timeline as far as it was shown. */
  function freshen(view) {
    if (!state || asked[view] === state.revision) return;
    const count = document.querySelectorAll('.said-video').length;
    const month = document.querySelector('.said-month');
    const at = month && month.selectedIndex > 0 ? { month: month.value } : {};
    ask(view, view === 'timeline' ? { count, ...at } : {});
  }

  function show(view) {
    const here = section();
    if (!here) return;
    for (const tab of here.querySelectorAll('[role="tab"]')) {
      const chosen = tab.dataset.view === view;
      tab.setAttribute('aria-selected', String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    for (const panel of here.querySelectorAll('[role="tabpanel"]')) panel.hidden = panel.dataset.panel !== view;
    freshen(view);
    window.chandlery.deciding.keep(here.querySelector('[data-panel="review"]'));
    freshen('review'); // its number stands on the tab
  }

  /** A person chooses a view: the address says so, and "back" leads out of the page, not through its tabs. */
  function choose(view) {
    const { location, history } = window;
    history.replaceState(history.state, '', location.pathname + withView(location.search, view) + location.hash);
    show(view);
  }

  /** The channel's state has come, or changed. */
  function arrive(found) {
    const { no_update } = window.dash_clientside;
    if (!found) return no_update;
    if (!state || state.id !== found.id) asked = {};
    if (mine) asked.review = found.revision; // what was decided here is shown already
    mine = false;
    state = found;
    setTimeout(() => show(viewOf(window.location.search)));
    return found.revision;
  }

  /** A transcript was given, or a video added: the timeline says so, and the page follows what becomes of it. */
  function given(view = viewOf(window.location.search)) {
    delete asked.timeline;
    if (!state) return;
    choose(view);
    set('channel-done', { data: { clicks: Date.now(), anew: false } });
  }

  /** A decision was kept: the other parts of the page are of yesterday. */
  function kept(at) {
    if (!at) return window.dash_clientside.no_update;
    mine = true;
    return { clicks: Date.now(), anew: true };
  }

  function decide(button) {
    decisions += 1;
    set('review-decided', { data: { ...window.chandlery.deciding.take(button), at: decisions } });
  }

  function toggle(button) {
    const open = button.getAttribute('aria-expanded') === 'true';
    shut();
    button.setAttribute('aria-expanded', String(!open));
  }

  /** Put away quotes that were opened; those that are only pointed at go with the pointer. */
  function shut() {
    const opened = document.querySelectorAll('.chip-action[aria-expanded="true"]');
    opened.forEach((button) => button.setAttribute('aria-expanded', 'false'));
  }

  /** Put all quotes away, also the one that is pointed at, until the pointer or the focus has left its chip. */
  function hush() {
    shut();
    if (section()) section().dataset.hushed = '';
  }

  const deeds = {
    quote: toggle,
    decide,
    again({ dataset: { view } }) {
      delete asked[view];
      freshen(view);
    },
    earlier: (button) => {
      button.disabled = true;
      ask('timeline', { before: button.dataset.before });
    },
    csv: () => set('stocks-grid', { exportDataAsCsv: true }),
    give: (button) => window.chandlery.giving.open(state.id, button),
    add: (button) => window.chandlery.giving.open(section().dataset.channel, button),
  };

  document.addEventListener('click', (event) => {
    const tab = event.target.closest('.said-tab');
    const doer = event.target.closest('[data-said]');
    if (tab) choose(tab.dataset.view);
    else if (doer) deeds[doer.dataset.said](doer);
    if (!event.target.closest('.chip')) shut();
  });
  document.addEventListener('keydown', (event) => {
    const tab = event.target.closest('.said-tab');
    const next = tab && step(event.key, tab.dataset.view);
    if (next) {
      choose(next);
      document.getElementById(`tab-${next}`).focus();
      event.preventDefault();
    } else if (event.key === 'Escape') hush();
  });
  for (const moment of ['pointerover', 'focusin']) {
    document.addEventListener(moment, ({ target }) => {
      if (section() && target.closest && !target.closest('.chip')) delete section().dataset.hushed;
    });
  }
  document.addEventListener('change', ({ target }) => {
    if (target.matches('.said-month')) ask('timeline', target.selectedIndex > 0 ? { month: target.value } : {});
  });
  document.addEventListener('input', ({ target }) => {
    if (!target.closest('.said-find') || target.matches('select')) return;
    const id = { type: 'stocks-grid', page: 1 };
    window.dash_ag_grid.getApiAsync(id).then((api) => api.setGridOption('quickFilterText', target.value));
  });
  // Before a link is followed, copied or dragged: the rule of entry may have changed since it was drawn.
  for (const moment of ['pointerdown', 'focusin', 'contextmenu']) {
    document.addEventListener(moment, ({ target }) => {
      const link = target.closest && target.closest('a[data-drill]');
      if (link) link.href = withEntry(link.pathname, window.location.search);
    }, true);
  }
  window.addEventListener('popstate', () => state && show(viewOf(window.location.search)));

  Object.assign(window.chandlery.said, { given });
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.said = { arrive, kept };
})();
