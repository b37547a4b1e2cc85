/**
 * The view in the URL, as components/view_state.py reads it (bound to it by tests/cases/view_state.json).
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const USUAL = '6M'; // what a link that names no window shows
  const ENTRIES = ['next-open', 'same-day-close', 'next-close']; // as components/mentions.py offers them
  const TYPES = ['candles', 'ohlc', 'line', 'area']; // as components/toolbar.py offers them

  /** "2013-03-01T14:30Z", whole minutes. @param {number} seconds UTC */
  function minute(seconds) {
    return `${new Date(Math.floor(seconds / 60) * 60000).toISOString().slice(0, 16)}Z`;
  }

  /**
   * @param {{ticker: string, resolution: string, from: string, to: string, adjust: string, source: string|null,
   *   range?: string|null, type?: string, log?: boolean, sentiment?: boolean, mentions?: boolean, entry?: string}} view
   *   a range stands for its window, so that the link moves on
   * @param {{ticker?: string, range?: string, mentions?: boolean}} [usual] what a page shows that a link need not name
   * @returns {string} the query without "?"
   */
  function encode(view, usual = {}) {
    const fields = new URLSearchParams();
    if (view.ticker !== usual.ticker) fields.set('t', view.ticker);
    if (view.resolution !== 'auto') fields.set('r', view.resolution);
    if (!view.range) {
      fields.set('from', view.from);
      fields.set('to', view.to);
    } else if (view.range !== (usual.range || USUAL)) fields.set('range', view.range);
    if (view.adjust !== 'split') fields.set('adjust', view.adjust);
    if (view.source) fields.set('source', view.source);
    if (view.type && view.type !== TYPES[0]) fields.set('type', view.type);
    if (view.log) fields.set('scale', 'log');
    if (view.sentiment) fields.set('sentiment', 'on');
    if (Boolean(view.mentions) !== Boolean(usual.mentions)) fields.set('mentions', view.mentions ? 'on' : 'off');
    if (view.entry && view.entry !== ENTRIES[0]) fields.set('entry', view.entry);
    return fields.toString();
  }

  /**
   * What a link asks the server for: of a page that has its own ticker and range, with these.
   * @param {string} query @param {{ticker?: string, range?: string}} usual
   */
  function asked(query, { ticker, range }) {
    const fields = new URLSearchParams(query);
    if (ticker) fields.set('t', ticker);
    if (range && !['range', 'from', 'to'].some((name) => fields.has(name))) fields.set('range', range);
    return ticker || range ? `?${fields}` : query;
  }

  /**
   * Kind of chart, scale, panes and mentions that a link names; the server has no need of them.
   * @param {string} query @param {{mentions?: boolean}} [usual] of the page
   */
  function looks(query, usual = {}) {
    const fields = new URLSearchParams(query);
    const [type, entry, mentions] = ['type', 'entry', 'mentions'].map((name) => fields.get(name));
    return {
      type: TYPES.includes(type) ? type : TYPES[0],
      log: fields.get('scale') === 'log',
      sentiment: fields.get('sentiment') === 'on',
      mentions: mentions === 'on' || (Boolean(usual.mentions) && mentions !== 'off'),
      entry: ENTRIES.includes(entry) ? entry : ENTRIES[0],
    };
  }

  /**
   * The edges of a window as a link names them: dates for daily candles and coarser, else minutes.
   * @param {object} axis @param {string} resolution of the candles on screen
   */
  function edges(axis, low, high, resolution) {
    const x0 = Math.min(Math.max(low, 0), axis.count - 1);
    const x1 = Math.min(Math.max(high, x0), axis.count);
    if (!Number.isNaN(Number(resolution))) {
      const whole = Math.round(x1);
      const atClose = whole > 0 && Math.abs(x1 - whole) < 1e-6; // the close, not the open of the next session
      const end = atClose ? axis.close(whole - 1) : axis.timeOfX(x1);
      return { from: minute(axis.timeOfX(x0)), to: minute(end + 59) };
    }
    const first = Math.min(Math.ceil(x0 - 0.5 - 1e-9), axis.count - 1); // whose middle is in the window
    return { from: axis.date(first), to: axis.date(Math.max(Math.round(x1) - 1, first)) };
  }

  /** A link that names something else of a view. @param {string} query @param {{ticker?: string, range?: string, resolution?: string, adjust?: string, source?: string}} change */
  function changed(query, { ticker, range, resolution, adjust, source }) {
    const fields = new URLSearchParams(query);
    if (ticker) fields.set('t', ticker);
    if (resolution) fields.set('r', resolution);
    if (adjust) fields.set('adjust', adjust);
    if (source) fields.set('source', source);
    else if (source === '') fields.delete('source');
    if (range) {
      fields.set('range', range);
      ['from', 'to'].forEach((name) => fields.delete(name));
    }
    return `?${fields}`;
  }

  window.chandlery.url = { encode, edges, asked, looks, changed };
})();
