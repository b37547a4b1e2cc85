/**
 * What the page says about a chart: read-out, source and age, loading, errors. Text only, never markup.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const LOADING_AFTER_MS = 150;
  const AGE_EVERY_MS = 15000;
  const EMPTIED = ['cache-source', 'data-age', 'current-price', 'legend-readout', 'source-label', 'resolution-words'];
  const TIER_WORDS = { 'in-memory': 'from memory', sqlite: 'from the table', dynamodb: 'from the table', stale: 'stale' };

  /** @param {HTMLElement} card the chart's own element */
  function create(card) {
    const { format } = window.chandlery;
    const part = (testid) => card.querySelector(`[data-testid="${testid}"]`);
    const put = (testid, text) => {
      const element = part(testid);
      if (element.textContent !== text) element.textContent = text;
    };
    const show = (testid, shown) => {
      part(testid).hidden = !shown;
    };
    let told = null;
    let failed = false;
    let timer = 0;

    function age() {
      if (!card.isConnected) {
        clearInterval(ageing); // the page has let go of this card
        return;
      }
      if (!told || told.fetched_at === null) return;
      const words = format.age(Math.max(0, Date.now() / 1000 - told.fetched_at));
      put('data-age', told.stale ? `stale, fetched ${words}` : `fetched ${words}`);
    }

    function pressed(kind, value) {
      for (const button of card.querySelectorAll(`[data-${kind}]`)) {
        button.setAttribute('aria-pressed', String(button.dataset[kind] === value));
      }
    }

    function readout(chart, i) {
      const { bars, message, axis } = chart;
      if (i < 0 || i >= bars.n) {
        put('legend-readout', 'No prices in this range.');
        return;
      }
      const when = format.bar(bars.t[i], message.resolution, axis.timezone);
      const zone = Number.isNaN(Number(message.resolution)) ? '' : ` (${format.zoneName(axis.timezone)})`;
      const [o, h, l, c] = ['o', 'h', 'l', 'c'].map((k) => format.price(bars[k][i]));
      const change = i > 0 ? format.change(bars.c[i - 1], bars.c[i]) : '';
      put(
        'legend-readout',
        `${when}${zone}  O ${o}  H ${h}  L ${l}  C ${c}  ${change}  V ${format.volume(bars.v[i])}`,
      );
    }

    const ageing = setInterval(age, AGE_EVERY_MS);

    return {
      /** Show whether something is on its way, and else what came of it. */
      show(busy) {
        clearTimeout(timer);
        if (busy) timer = setTimeout(() => show('loading-indicator', true), LOADING_AFTER_MS);
        else show('loading-indicator', false);
        if (busy) card.dataset.state = 'loading';
        else if (failed) card.dataset.state = 'error';
        else if (told) card.dataset.state = told.stale ? 'stale' : 'ready';
      },
      chosen(question) {
        pressed('range', question.range || '');
        pressed('resolution', question.resolution);
      },
      /** An answer is drawn: say what it is. */
      tell(message) {
        // null: the price is the one that is shown, unless that is another ticker's.
        if (message.price !== null) put('current-price', format.price(message.price));
        else if (!told || told.ticker !== message.ticker) put('current-price', '–');
        told = message;
        failed = false;
        show('error-message', false);
        show('retry-button', false);
        put('error-message', '');
        Object.assign(card.dataset, {
          ticker: message.ticker,
          resolution: message.resolution,
          source: message.source,
        });
        part('ticker-input').value = message.ticker;
        put('cache-source', TIER_WORDS[message.tier] || `from ${message.tier}`);
        part('cache-source').title = message.tier;
        put('source-label', [message.label, message.market, ...message.notes].join(' · '));
        put('resolution-words', message.words);
        pressed('range', message.state.range || '');
        pressed('resolution', message.state.resolution);
        age();
      },
      /**
       * Nothing came: say why and what to do. ``instead`` is the message when what was on the screen belongs to
       * another ticker and goes.
       */
      fail(error, instead) {
        if (instead) {
          told = null;
          const nothing = { resolution: '', source: '', first: '', last: '', candles: '0' };
          Object.assign(card.dataset, nothing, { ticker: instead.ticker });
          EMPTIED.forEach((id) => put(id, ''));
          if (document.activeElement !== part('ticker-input')) part('ticker-input').value = instead.ticker;
        }
        put('error-message', error.message);
        show('error-message', true);
        show('retry-button', true);
        failed = true;
      },
      atStart(reached) {
        show('start-of-history', reached);
        if (reached && told.first_session) put('start-of-history', `Start of history: ${told.first_session}`);
      },
      /** The candle under the pointer, or the newest visible one; -1 where none is visible. */
      follow(chart, gd, newest) {
        if (chart.pointer === null) {
          readout(chart, newest);
          return;
        }
        const xa = gd._fullLayout.xaxis;
        const px = chart.pointer - gd.getBoundingClientRect().left - xa._offset;
        const under = chart.bars.nearest(xa.p2l(px));
        readout(chart, under >= 0 ? under : newest);
      },
    };
  }

  window.chandlery.story = { create };
})();
