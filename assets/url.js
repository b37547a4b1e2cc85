/**
 * The view in the URL, as components/view_state.py reads it (bound to it by tests/cases/view_state.json).
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const USUAL = '6M'; // what a link that names no window shows
  const TYPES = ['candles', 'ohlc', 'line', 'area']; // as components/toolbar.py offers them

  /** "2013-03-01T14:30Z", whole minutes. @param {number} seconds UTC */
  function minute(seconds) {
    return `${new Date(Math.floor(seconds / 60) * 60000).toISOString().slice(0, 16)}Z`;
  }

  /**
   * @param {{ticker: string, resolution: string, from: string, to: string, adjust: string, source: string|null,
   *   range?: string|null, type?: string, log?: boolean, sentiment?: boolean}} view a range stands for its window, so that the link moves on
   * @returns {string} the query without "?"
   */
  function encode(view) {
    const fields = new URLSearchParams({ t: view.ticker });
    if (view.resolution !== 'auto') fields.set('r', view.resolution);
    if (!view.range) {
      fields.set('from', view.from);
      fields.set('to', view.to);
    } else if (view.range !== USUAL) fields.set('range', view.range);
    if (view.adjust !== 'split') fields.set('adjust', view.adjust);
    if (view.source) fields.set('source', view.source);
    if (view.type && view.type !== TYPES[0]) fields.set('type', view.type);
    if (view.log) fields.set('scale', 'log');
    if (view.sentiment) fields.set('sentiment', 'on');
    return fields.toString();
  }

  /** Kind of chart, scale and panes that a link names; the server has no need of them. @param {string} query */
  function looks(query) {
    const fields = new URLSearchParams(query);
    const type = fields.get('type');
    const [log, sentiment] = [fields.get('scale') === 'log', fields.get('sentiment') === 'on'];
    return { type: TYPES.includes(type) ? type : TYPES[0], log, sentiment };
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

  window.chandlery.url = { encode, edges, looks, changed };
})();
