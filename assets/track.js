/**
 * The pages of the track record in the browser. A channel's page asks while the channel is processed and somebody looks,
 * one question at a time, and writes the lines of its log that are new. The list asks again while one of its channels
 * is processed. Words of channels and videos are text and never markup.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const OLD_MS = 12000;
  const NEAR_PX = 24; // a log that is read at its end stays there
  const MOST_SPOKEN = 2; // lines at once; more would be a flood for who listens

  const find = (testid) => document.querySelector(`[data-testid="${testid}"]`);
  const nothing = () => window.dash_clientside.no_update;
  let seen = { page: null };

  /** What is known of the page that is there now. */
  function current(page) {
    if (page !== seen.page) seen = { page, live: true, asked: 0, since: null, clicks: 0, done: undefined };
    return seen;
  }

  /** Whether to ask now; says when no answer comes. @returns {boolean} */
  function due(state, now) {
    const { connection } = window.chandlery;
    const late = state.asked > 0 && now - state.asked > OLD_MS;
    if (late) connection.suspect(); // it asks by itself until the server is there again
    find('channel-old').hidden = !(connection.gone || late);
    if (connection.gone) Object.assign(state, { asked: 0, live: true }); // nobody answers; once it is back, ask
    return !connection.gone && !document.hidden && state.live && (late || !state.asked);
  }

  /**
   * Ask how the channel does, if it is due or the person has just done something.
   * @param {number} _count of ticks
   * @param {{clicks: number, anew: boolean}} done by the person; another number of clicks is another deed
   */
  function tick(_count, done) {
    const page = find('channel-page');
    if (!page) return nothing();
    const state = current(page);
    const now = Date.now();
    const acted = Boolean(done) && done.clicks !== state.clicks;
    if (acted) Object.assign(state, { done, clicks: done.clicks, live: true });
    if (!due(state, now) && !acted) return nothing();
    state.asked = now;
    return { since: state.since, at: now, anew: acted && done.anew };
  }

  const pad = (number) => String(number).padStart(2, '0');

  /** "14:12:03" in the reader's own zone; the day before it where it is not today's. */
  function clock(ms) {
    const then = new Date(ms);
    const time = [then.getHours(), then.getMinutes(), then.getSeconds()].map(pad).join(':');
    const today = then.toDateString() === new Date().toDateString();
    const { months } = window.chandlery.format;
    return today ? time : `${then.getDate()} ${months[then.getMonth()]} ${then.getFullYear()} ${time}`;
  }

  function lineOf({ id, level, message }) {
    const line = document.createElement('p');
    const [when, words] = ['time', 'bdi'].map((name) => line.appendChild(document.createElement(name)));
    line.className = `log-line ${level}`;
    when.dateTime = new Date(id).toISOString();
    when.textContent = clock(id);
    words.textContent = message;
    return line;
  }

  function remark(text) {
    const line = document.createElement('p');
    line.className = 'log-line quiet';
    line.textContent = text;
    return line;
  }

  /** Write the lines that are not there yet; who has scrolled up keeps their place. */
  function append(log, state, { lines, left_out: leftOut }) {
    const fresh = lines.filter(({ id }) => state.since === null || id > state.since);
    if (!fresh.length) return;
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX;
    log.setAttribute('aria-live', fresh.length > MOST_SPOKEN ? 'off' : 'polite');
    if (leftOut) log.append(remark(`${leftOut.toLocaleString('en-US')} earlier lines are not shown.`));
    log.append(...fresh.map(lineOf));
    state.since = fresh[fresh.length - 1].id;
    if (atEnd) log.scrollTop = log.scrollHeight;
  }

  /** Show what is new. */
  function write(news) {
    const page = find('channel-page');
    if (!page || !news) return nothing();
    const state = current(page);
    const log = find('processing-log');
    Object.assign(state, { asked: 0, live: news.live });
    find('channel-old').hidden = true;
    find('channel-trouble').textContent = news.trouble;
    if (news.name) document.title = `${news.name} · Chandlery`;
    if (news.live) log.closest('details').open = true;
    append(log, state, news);
    return nothing();
  }

  /** Which page of the list the address names. */
  const pageOfList = () => Number(new URLSearchParams(window.location.search).get('page')) || 1;

  /** Ask for the list when the page is there, and while a channel in it is processed. */
  function list(count) {
    const shown = find('channel-list');
    const first = !count;
    const moves = shown && shown.querySelector('[data-live]') && !document.hidden && !window.chandlery.connection.gone;
    return first || moves ? { page: pageOfList(), at: Date.now() } : nothing();
  }

  function turn() {
    if (!find('channel-list')) return;
    const data = { page: pageOfList(), turned: true, at: Date.now() };
    window.dash_clientside.set_props({ type: 'channels-asked', page: 1 }, { data });
  }

  document.addEventListener('click', (event) => {
    const way = event.target.closest('a[data-turns]');
    if (!way || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    window.history.pushState(null, '', way.href);
    turn();
  });
  window.addEventListener('popstate', turn);

  document.addEventListener('visibilitychange', () => {
    const page = find('channel-page');
    if (document.hidden || !page) return;
    Object.assign(current(page), { live: true, asked: 0 }); // nobody asked while nobody looked
    const asked = tick(0, seen.done);
    if (asked !== nothing()) window.dash_clientside.set_props({ type: 'channel-asked', page: 1 }, { data: asked });
  });

  /** Leave for another page of ours. */
  function go(address) {
    if (address && address.startsWith('/track-record')) window.location.assign(address);
    return nothing();
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.track = { tick, write, list, go };
})();
