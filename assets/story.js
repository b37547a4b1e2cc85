/**
 * What the page says about a chart: title, read-out, source and age, loading, errors. Text only, never markup.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const LOADING_AFTER_MS = 150;
  const AGE_EVERY_MS = 15000;
  const NOTHING = 'No trading in this range. Drag the chart, or pick another range.';
  const AWAY = 'You are offline. Prices appear when you are back.';
  const AWAY_WITH_CANDLES = 'You are offline. The candles on screen still work.';
  const AWAY_BESIDE = 'You are offline, and these dates are not held.';

  /** "5 min", "D". */
  const level = (resolution) => (Number.isNaN(Number(resolution)) ? resolution : `${resolution} min`);

  /** When the page asks again by itself. @param {number} [seconds] none: it does not */
  function again(seconds) {
    if (!seconds) return '';
    const [unit, size] = seconds < 120 ? ['s', 1] : seconds < 7200 ? ['min', 60] : ['h', 3600];
    return ` This page asks again in ${Math.ceil(seconds / size)} ${unit}.`;
  }

  /** @param {HTMLElement} card the chart's own element */
  function create(card) {
    const { format, provenance } = window.chandlery;
    const tierWords = { ...provenance.TIERS, stale: 'stale' };
    const part = (testid) => card.querySelector(`[data-testid="${testid}"]`);
    const element = (name) => card.querySelector(`.${name}`);
    const write = (place, text) => {
      if (place.textContent !== text) place.textContent = text;
    };
    const put = (testid, text) => write(part(testid), text);
    const panel = element('trouble');
    const sources = window.chandlery.sources.create(card);
    let told = null;
    let error = null;
    let gone = false;
    let empty = false;
    let held = true;
    let timer = 0;
    let shown = null;

    function age() {
      if (!card.isConnected) {
        clearInterval(ageing); // the page has let go of this card
        return;
      }
      sources.refresh();
      if (!told || told.fetched_at === null) return;
      const words = format.age(Math.max(0, Date.now() / 1000 - told.fetched_at));
      put('data-age', told.stale ? `stale since ${format.moment(told.fetched_at)}` : `fetched ${words}`);
    }

    /** Scroll a row of choices so far that one of them is seen whole. */
    function reveal(button) {
      const row = button.parentElement;
      const past = button.offsetLeft + button.offsetWidth - row.offsetLeft - row.clientWidth;
      const before = button.offsetLeft - row.offsetLeft;
      if (past > row.scrollLeft) row.scrollLeft = past;
      else if (before < row.scrollLeft) row.scrollLeft = before;
    }

    /** Mark what is chosen of a menu, and write it on the menu's button. */
    function picked(kind, value) {
      pressed(kind, value);
      const item = card.querySelector(`[data-${kind}="${value}"]`);
      if (item) write(element(`${kind}-words`), item.textContent);
    }

    function pressed(kind, value) {
      for (const button of card.querySelectorAll(`[data-${kind}]`)) {
        const chosen = button.dataset[kind] === value;
        window.chandlery.menus.mark(button, chosen);
        if (chosen) reveal(button);
      }
    }

    /** The panel in the stage: one thing to say, the gravest first, and what to do about it. */
    function settle() {
      const away = !told ? AWAY : empty ? AWAY_BESIDE : AWAY_WITH_CANDLES;
      const offline = gone ? away : '';
      const wrong = !gone && error ? `${error.message}${again(error.again_s)}` : '';
      const nothing = !gone && !error && told && empty && held ? NOTHING : '';
      for (const [id, words] of [['offline-banner', offline], ['error-message', wrong], ['empty-message', nothing]]) {
        put(id, words);
        part(id).hidden = !words;
      }
      part('retry-button').hidden = !offline && !wrong;
      element('back').hidden = !(offline && told && empty);
      element('examples').hidden = !wrong || !element('examples').childElementCount;
      panel.hidden = !offline && !wrong && !nothing;
      // Candles that stay are not covered.
      panel.classList.toggle('aside', Boolean(told) && !empty);
    }

    /** Tickers to try instead, as buttons. */
    function offer(tickers) {
      const buttons = tickers.map((ticker) => {
        const button = document.createElement('button');
        Object.assign(button, { type: 'button', textContent: ticker });
        button.dataset.choose = JSON.stringify({ ticker });
        return button;
      });
      element('examples').replaceChildren(...buttons);
    }

    /** One word for the whole: offline counts more than loading, loading more than what came of it. */
    function state(busy) {
      if (gone) return 'offline';
      if (busy) return 'loading';
      if (error) return 'error';
      if (told) return told.stale ? 'stale' : 'ready';
      return 'loading';
    }

    let working = true;
    function declare() {
      card.dataset.state = state(working);
      settle();
    }

    /** A piece of the read-out: what it is, and its value. */
    function field(name, value, kind = '') {
      const span = document.createElement('span');
      span.className = `field ${kind}`;
      if (name) {
        const label = document.createElement('span');
        label.className = 'name';
        label.textContent = `${name} `;
        span.append(label);
      }
      span.append(`${value} `);
      return span;
    }

    function readout(chart, i) {
      const { bars, message, axis } = chart;
      if (i < 0 || i >= bars.n) {
        put('legend-readout', held ? 'No trading in this range.' : gone ? 'Not held.' : 'Loading prices …');
        return;
      }
      const intraday = !Number.isNaN(Number(message.resolution));
      const when = format.bar(bars.t[i], message.resolution, axis.timezone);
      const zone = intraday ? ` (${format.zoneName(axis.timezone)})` : '';
      const change = i > 0 ? format.change(bars.c[i - 1], bars.c[i]) : '';
      const way = i > 0 && bars.c[i] !== bars.c[i - 1] ? (bars.c[i] > bars.c[i - 1] ? 'rise' : 'fall') : '';
      const prices = ['o', 'h', 'l', 'c'].map((k) => field(k.toUpperCase(), format.price(bars[k][i])));
      const day = field('', `${when}${zone}`, 'when');
      const volume = field('V', format.volume(bars.v[i]));
      part('legend-readout').replaceChildren(day, ...prices, field('', change, `change ${way}`), volume, window.chandlery.beside.of(chart, i, field));
    }

    const ageing = setInterval(age, AGE_EVERY_MS);

    return {
      /** Show whether something is on its way, and else what came of it. */
      show(busy) {
        clearTimeout(timer);
        const indicator = part('loading-indicator');
        if (busy && !gone) timer = setTimeout(() => (indicator.hidden = gone), LOADING_AFTER_MS);
        else {
          indicator.hidden = true;
          indicator.dataset.edge = '';
        }
        working = busy;
        declare();
      },
      /** Which edge of the view lacks candles: "left", "right" or "". */
      edge(side) {
        part('loading-indicator').dataset.edge = side;
      },
      /** The range that the view shows, "" when a person has moved it away. */
      ranged(range) {
        if (card.dataset.range === range) return;
        card.dataset.range = range;
        pressed('range', range);
      },
      chosen(question) {
        this.ranged(question.range || '');
        pressed('resolution', question.resolution);
        if (question.adjust) picked('adjust', question.adjust);
        pressed('source', question.source || '');
      },
      looks({ type, log, sentiment }) {
        picked('type', type);
        for (const [id, on] of [['log-toggle', log], ['sentiment-toggle', sentiment]]) {
          if (part(id)) window.chandlery.menus.mark(part(id), on);
        }
        card.dataset.type = type;
        card.dataset.scale = log ? 'log' : 'linear';
      },
      /** An answer is drawn: say what it is. */
      tell(message) {
        // null: the price is the one that is shown, unless that is another ticker's.
        if (message.price !== null) put('current-price', format.price(message.price));
        else if (!told || told.ticker !== message.ticker) put('current-price', '–');
        if (message.price_before) write(element('day-change'), format.change(message.price_before, message.price));
        else if (message.price !== null || !told || told.ticker !== message.ticker) write(element('day-change'), '');
        if (message.price) element('day-change').className = `day-change ${message.price < message.price_before ? 'fall' : 'rise'}`;
        told = message;
        error = null;
        shown = null;
        const { ticker, resolution, source } = message;
        Object.assign(card.dataset, { ticker, resolution, source });
        window.chandlery.search.show(card, ticker, message.name || '');
        write(element('symbol'), ticker);
        write(element('company'), message.name || '');
        write(element('facts'), [message.exchange, message.currency, level(resolution)].filter(Boolean).join(' · '));
        put('cache-source', tierWords[message.tier] || `from ${message.tier}`);
        part('cache-source').title = message.tier;
        put('source-label', message.label);
        put('market-state', message.market);
        part('market-state').dataset.open = message.market === 'market open';
        write(element('adjusted'), message.adjusted || '');
        put('resolution-words', message.words);
        put('notes', message.notes.join(' '));
        part('notes').hidden = !message.notes.length;
        this.ranged(message.state.range || '');
        pressed('resolution', message.state.resolution);
        picked('adjust', message.state.adjust);
        pressed('source', message.state.source || '');
        sources.shown(source);
        age();
      },
      /**
       * Nothing came: say why and what to do. ``instead`` is the message when what was on the screen belongs to
       * another ticker and goes.
       */
      fail(what, instead) {
        if (instead) {
          told = null;
          const nothing = { resolution: '', source: '', first: '', last: '', candles: '0' };
          Object.assign(card.dataset, nothing, { ticker: instead.ticker });
          ['cache-source', 'data-age', 'current-price', 'legend-readout', 'source-label', 'resolution-words', 'market-state', 'notes'].forEach((id) => put(id, ''));
          ['facts', 'adjusted', 'day-change'].forEach((name) => write(element(name), ''));
          part('notes').hidden = true;
          write(element('company'), instead.name || '');
          write(element('symbol'), instead.ticker);
          part('start-of-history').hidden = true;
          window.chandlery.search.show(card, instead.ticker, instead.name || '');
        }
        error = what;
        offer(what.examples || []);
        settle();
      },
      /** How the sources do; told with every answer, also one without candles. */
      sources: sources.told,
      /** Say something beside the candles, until the next answer. */
      note(words) {
        put('notes', words);
        part('notes').hidden = !words;
      },
      /** What has failed waits for the person. */
      patient() {
        error = { ...error, again_s: 0 };
        settle();
      },
      /** Whether the connection is gone. */
      offline(is) {
        gone = is;
        if (gone) part('loading-indicator').hidden = true; // nothing comes
        declare();
      },
      /** What the window shows of the history. */
      extent(message, { empty: none, start, held: all }) {
        empty = none;
        held = all;
        shown = null;
        part('start-of-history').hidden = !start;
        if (start && message.first_session) put('start-of-history', `Start of history: ${format.date(message.first_session)}`);
        settle();
      },
      /** The candle that is marked, else the newest visible one; -1 where none is. */
      mark(chart, view, bar) {
        const [first, after] = view.bars();
        const i = bar >= 0 ? bar : first < after ? after - 1 : -1;
        card.toggleAttribute('data-marked', bar >= 0);
        const key = `${chart.seq} ${chart.opinions.version} ${chart.sentiment.version} ${i}`;
        if (key === shown) return;
        shown = key;
        readout(chart, i);
      },
    };
  }

  window.chandlery.story = { create };
})();
