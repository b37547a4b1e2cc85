/**
 * One chart on the page: what the person wants of it, what it holds, and when it asks.
 *
 * The browser owns the view; the server owns the candles. Callbacks never take relayoutData: a chart decides whether
 * anything has to be asked and writes the viewport Store; the answer comes as the bars Store and is drawn here, once.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const charts = new Map();
  const axes = new Map();
  const clock = { now: () => Date.now(), after: (f, ms) => setTimeout(f, ms), cancel: (id) => clearTimeout(id) };

  const idOf = (type, chart) => ({ type, chart });
  const domId = (type, chart) => JSON.stringify({ chart, type }); // Dash sorts the keys of an id

  /** The axis of a calendar, fetched once per version. */
  function axisOf(calendar) {
    const key = `${calendar.name}@${calendar.version}`;
    if (!axes.has(key)) {
      const made = fetch(calendar.url)
        .then((answer) => {
          if (!answer.ok) throw new Error(`calendar ${calendar.name}: ${answer.status}`);
          return answer.json();
        })
        .then((table) => window.chandlery.axis.create(table));
      made.catch(() => axes.delete(key));
      axes.set(key, made);
    }
    return axes.get(key);
  }

  function create(number) {
    const card = document.getElementById(domId('card', number));
    const stage = card.querySelector('.stage');
    const chart = { number, card, axis: null, bars: null, gaps: [], message: null, keep: null, last: null };
    // What the person wants; an answer to an older choice is dropped, and pans wait until the newest is answered.
    Object.assign(chart, { state: null, choice: 0, choosing: true, chosen: false, looked: '', drawing: false });
    // A range counts until the person moves the view; a question that nobody answered is asked again.
    Object.assign(chart, { range: null, unanswered: null, moved: false });
    Object.assign(chart, { looks: window.chandlery.url.looks(window.location.search), seq: 0, paint: 0 });
    chart.colours = window.chandlery.theme.colours(card);
    const story = window.chandlery.story.create(card);
    const view = window.chandlery.view.create(chart, stage, { moved: look, settled: rest, marked: (i) => story.mark(chart, view, i) });

    const asking = window.chandlery.viewport.create(
      {
        send: (question) => window.dash_clientside.set_props(idOf('viewport', number), { data: question }),
        changed: () => story.show(asking.asking || chart.drawing),
        slow: () => window.chandlery.connection.suspect(),
        lost: (question) => {
          chart.choosing = false;
          chart.unanswered = question;
          story.fail({ message: 'The server did not answer. Check that it is running.' }, null);
          story.show(false);
        },
      },
      clock,
    );
    const plotWidth = () => Math.round(chart.bars ? view.width : Math.max(stage.clientWidth - 64, 200));

    /** The present state as a question, changed in parts. */
    function question(change) {
      const base = { ...chart.state, px: plotWidth(), range: chart.range };
      if (!chart.range && view.range) [base.from, base.to] = view.range.map(chart.axis.timeOfX);
      else base.range = chart.range || '6M';
      return { ...base, ...change };
    }

    /** A new choice of the person's: everything asked before it no longer counts. */
    function decide() {
      view.halt();
      chart.choosing = true;
      chart.choice += 1;
      return chart.choice;
    }

    /** A person chose something: a ticker, a range, a resolution, or to try again. */
    chart.choose = (change) => {
      if (change.type) {
        chart.look({ type: change.type });
        return;
      }
      if (!chart.state) {
        chart.reload(change.ticker ? `?${new URLSearchParams({ t: change.ticker })}` : undefined);
        return;
      }
      const next = { ...question(change), choice: decide() };
      chart.chosen = true;
      chart.state = { ticker: next.ticker, resolution: next.resolution, adjust: next.adjust, source: next.source };
      chart.range = next.range;
      story.chosen(next);
      asking.ask(next);
    };

    /** Ask for what a link says, by itself the one in the address bar. */
    chart.reload = (query = window.location.search) => {
      chart.look(window.chandlery.url.looks(query), { keep: true });
      asking.ask({ query, px: plotWidth(), choice: decide() });
    };

    /** The question that a chart begins with. */
    chart.begin = () => asking.begin({ query: window.location.search, px: plotWidth(), choice: decide() });

    /** Ask once more, what was never answered or what is on the screen: the connection is back. */
    chart.refresh = () => {
      if (chart.unanswered) asking.ask({ ...chart.unanswered, choice: decide() });
      else if (!chart.bars || !chart.state) chart.reload();
      else asking.ask({ ...question({ pan: !chart.range }), choice: decide() });
    };

    /** The server was reached and failed, or could not be reached: nobody has to wait for longer. */
    chart.failed = () => asking.fail();

    /** Kind of chart and scale: nothing has to be asked. */
    chart.look = (change, { keep = false } = {}) => {
      chart.looks = { ...chart.looks, ...change };
      story.looks(chart.looks);
      view.render();
      if (!keep && chart.message) {
        chart.chosen = true;
        address();
      }
    };

    /** Colours have changed: of the scheme, or those that tell up from down. */
    chart.repaint = () => {
      chart.colours = window.chandlery.theme.colours(card);
      chart.paint += 1;
      view.render();
    };

    /** Whether the candles at hand do for a window; the air beyond the newest one needs none. */
    function covered(low, high) {
      const end = Math.min(high, chart.message.last_x);
      return window.chandlery.viewport.covers(chart.keep, low, Math.max(end, low));
    }

    /** The view moved: ask if what is held does not do for it. */
    function look([low, high]) {
      chart.range = null;
      chart.moved = false;
      story.ranged('');
      if (chart.choosing) return;
      const where = `${low.toFixed(6)} ${high.toFixed(6)}`;
      if (covered(low, high)) asking.hush();
      else if (where !== chart.looked) {
        chart.looked = where; // asked once: what an answer cannot cover is not asked for again
        story.edge(low < chart.keep[0] ? 'left' : high > chart.keep[1] ? 'right' : '');
        asking.ask({ ...question({ pan: true }), choice: chart.choice }, { soon: true });
      }
    }

    /** The view has come to rest. */
    function rest() {
      tell();
      address();
    }

    /** Whether everything of the history that the view shows is here. */
    function isHeld() {
      const [low, high] = view.range;
      const [from, to] = view.held();
      const { first, last } = view.limits();
      return from <= Math.max(low, first) + chart.bars.slot && to >= Math.min(high, last) - chart.bars.slot;
    }

    function tell() {
      const [low] = view.range;
      const [first, after] = view.bars();
      const { iso } = window.chandlery.format;
      card.dataset.first = first < after ? iso(chart.bars.t[first]) : '';
      card.dataset.last = first < after ? iso(chart.bars.t[after - 1]) : '';
      card.dataset.candles = String(chart.bars.n);
      const start = chart.message.first_x !== null && low <= chart.message.first_x + 1e-6;
      story.extent(chart.message, { empty: first >= after, start, held: isHeld() });
    }

    function address() {
      const [low, high] = view.range;
      const { first_x: first, last_x: last, resolution, state, ticker } = chart.message;
      // A link whose window was moved to where prices are stays as it is, so that a reload says so again.
      if (chart.moved && !chart.chosen) return name(ticker, null);
      const begin = Math.max(low, first === null ? 0 : first);
      const edges = window.chandlery.url.edges(chart.axis, begin, Math.min(high, last), resolution);
      return name(ticker, { ...state, ...edges, ...chart.looks, range: chart.range });
    }

    /** Put into title and address what the person looks at. */
    function name(ticker, link) {
      document.title = `${ticker} · Chandlery`;
      if (!link) return;
      const query = `?${window.chandlery.url.encode(link)}`;
      if (query === window.location.search) return;
      const method = chart.chosen ? 'pushState' : 'replaceState';
      chart.chosen = false;
      window.history[method](null, '', query);
    }

    /** Nothing more is to come of an answer. */
    function landed() {
      chart.drawing = false;
      story.show(asking.asking);
    }

    /** Say that nothing came; what is on the screen stays unless it belongs to another ticker. */
    function refuse(message) {
      const foreign = !chart.message || chart.message.ticker !== message.ticker;
      if (message.state) {
        chart.state = message.state;
        chart.range = message.state.range;
      }
      chart.choosing = false;
      story.fail(message.error, foreign ? message : null);
      if (foreign && message.state) name(message.ticker, { ...message.state, ...chart.looks, range: chart.range || '6M' });
      landed();
      if (!foreign || !chart.bars) return;
      chart.bars = chart.message = chart.keep = chart.last = null;
      view.clear();
    }

    /** Draw an answer. */
    chart.draw = async (message) => {
      const { lastOf, windowOf } = window.chandlery.answer;
      chart.drawing = true;
      const question = asking.arrived(message);
      const late = () => !question || question.choice !== chart.choice;
      if (late()) return landed();
      window.chandlery.connection.alive(chart);
      if (message.error) return refuse(message);
      const [axis] = await Promise.all([axisOf(message.calendar), view.ready()]);
      if (late()) return landed();
      const bars = window.chandlery.bars.create(message, axis);
      const gaps = window.chandlery.gaps.find(bars, axis, message.resolution);
      const last = lastOf(message, bars, chart);
      const range = windowOf(message, bars, view.range);
      Object.assign(chart, { axis, bars, gaps, last, message, keep: message.keep, state: message.state, choosing: false });
      Object.assign(chart, { seq: message.seq, unanswered: null, range: question.pan ? chart.range : message.state.range });
      chart.moved = message.moved && !question.pan;
      view.range = range;
      view.cursor = -1;
      story.tell(message);
      view.render();
      landed();
      rest();
      if (!chart.choosing && !covered(...view.range)) look(view.range);
      return undefined;
    };

    /** An answer could not be drawn: a calendar that did not come, or a fault of ours. */
    chart.broken = (error) => {
      chart.choosing = false;
      story.fail({ message: 'The chart could not be drawn. Try again, or load the page anew.' }, null);
      landed();
      window.console.error(error);
    };

    /** Show the newest candles at the present zoom. */
    chart.newest = () => {
      if (!chart.bars) return;
      const [low, high] = view.range;
      const end = chart.message.last_x + (high - low) * window.chandlery.answer.AIR;
      view.glide([end - (high - low), end]);
    };

    chart.keys = window.chandlery.keys.create(chart, view);
    chart.offline = (gone) => story.offline(gone);

    /** Go back to candles that are held. */
    chart.held = () => {
      const [from, to] = view.held();
      const span = view.range[1] - view.range[0];
      view.glide(view.range[0] < from ? [from, from + span] : [to - span, to]);
    };
    const verbs = { move: view.move, zoom: view.zoom, point: view.point, settle: view.settle, newest: chart.newest };
    window.chandlery.gestures.attach(stage, verbs);
    story.looks(chart.looks);
    window.chandlery.theme.mark();
    Object.assign(chart, { view, stage });
    return chart;
  }

  /** The chart of a callback's own output, made when the page mounts it (again). */
  function own() {
    const { chart: number } = window.dash_clientside.callback_context.outputs_list.id;
    const card = document.getElementById(domId('card', number));
    if (!charts.has(number) || charts.get(number).card !== card) charts.set(number, create(number));
    return charts.get(number);
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.chart = {
    /** The first question: the URL, as it stands. */
    begin() {
      return own().begin();
    },
    /** Draw an answer; returns its number, so that Dash knows what is on the screen. */
    async draw(message) {
      if (!message) return window.dash_clientside.no_update;
      const chart = own();
      await chart.draw(message).catch(chart.broken);
      return message.seq;
    },
  };

  window.chandlery.charts = charts;
  /** The charts that are on the page now. */
  window.chandlery.present = () => [...charts.values()].filter((chart) => chart.card.isConnected);
})();
