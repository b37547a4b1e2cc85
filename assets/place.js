/**
 * Where a chart is when it has come to rest: in the marks of its card, in words, in the address bar and in the title.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  /** @param {object} chart @param {object} view its window @param {object} story */
  function create(chart, view, story) {
    /** Put into title and address what the person looks at. @param {string} ticker @param {object|null} link */
    function name(ticker, link) {
      document.title = `${ticker} · Chandlery`;
      if (!link) return;
      const text = window.chandlery.url.encode(link, chart.usual);
      const query = text && `?${text}`;
      const method = chart.chosen ? 'pushState' : 'replaceState';
      chart.chosen = false;
      if (query !== window.location.search) window.history[method](null, '', query || window.location.pathname);
    }

    function write() {
      const [low, high] = view.range;
      const { first_x: first, last_x: last, resolution, state, ticker } = chart.message;
      // A link whose window was moved to where prices are stays as it is, so that a reload says so again.
      if (chart.moved && !chart.chosen) return name(ticker, null);
      const begin = Math.max(low, first === null ? 0 : first);
      const edges = window.chandlery.url.edges(chart.axis, begin, Math.min(high, last), resolution);
      return name(ticker, { ...state, ...edges, ...chart.looks, range: chart.range });
    }

    /** Whether everything of the history that the view shows is here. */
    function isHeld() {
      const [low, high] = view.range;
      const [from, to] = view.answered();
      const { first, last } = view.limits();
      return from <= Math.max(low, first) + chart.bars.slot && to >= Math.min(high, last) - chart.bars.slot;
    }

    /** Say where the view is, and write it down. */
    function tell() {
      const [low] = view.range;
      const [first, after] = view.bars();
      const { iso } = window.chandlery.format;
      const { dataset } = chart.card;
      dataset.first = first < after ? iso(chart.bars.t[first]) : '';
      dataset.last = first < after ? iso(chart.bars.t[after - 1]) : '';
      dataset.candles = String(chart.bars.n);
      const start = chart.message.first_x !== null && low <= chart.message.first_x + 1e-6;
      story.extent(chart.message, { empty: first >= after, start, held: isHeld() });
      write();
    }

    return { name, tell, write };
  }

  window.chandlery.place = { create };
})();
