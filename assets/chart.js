/**
 * One chart on the page: draws answers, follows the pointer, and asks when the view leaves what it holds.
 *
 * The browser owns the view; the server owns the candles. Callbacks never take relayoutData: this module listens
 * to the chart, decides whether anything has to be asked, and writes the viewport Store. An answer becomes one
 * figure (candles, fitted price axis, ticks) and so one redraw.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const charts = new Map();
  const axes = new Map();
  const clock = { now: () => Date.now(), after: (f, ms) => setTimeout(f, ms), cancel: (id) => clearTimeout(id) };
  const RIGHT_PADDING = 0.02;

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
    const chart = { number, card, axis: null, bars: null, message: null, keep: null, figure: null };
    // What the person wants; an answer to an older choice is dropped, and pans wait until the newest is answered.
    Object.assign(chart, { state: null, choice: 0, choosing: true });
    Object.assign(chart, { dragging: false, drawing: false, chosen: false, moves: 0, pointer: null, looked: '' });
    const story = window.chandlery.story.create(card);
    let gd = null;
    let settled = [];

    const asking = window.chandlery.viewport.create(
      {
        send: (question) => window.dash_clientside.set_props(idOf('viewport', number), { data: question }),
        changed: () => story.show(asking.asking || chart.drawing),
        lost: () => {
          chart.choosing = false;
          story.fail({ message: 'The server did not answer. Check that it is running.' }, null);
          story.show(false);
        },
      },
      clock,
    );
    function plotWidth() {
      const plot = gd && gd._fullLayout && gd._fullLayout._size;
      return Math.round(plot ? plot.w : Math.max(card.clientWidth - 72, 200));
    }
    function view() {
      return gd._fullLayout.xaxis.range.map(Number);
    }

    /** The present state as a question, changed in parts. */
    function question(change) {
      const [low, high] = gd && chart.axis ? view() : [NaN, NaN];
      const base = { ...chart.state, px: plotWidth(), range: null };
      if (chart.axis && Number.isFinite(low)) {
        base.from = chart.axis.timeOfX(low);
        base.to = chart.axis.timeOfX(high);
      } else {
        base.range = '6M';
      }
      return { ...base, ...change };
    }

    /** A person chose something: a ticker, a range, a resolution, or to try again. */
    chart.choose = (change) => {
      if (!chart.state) {
        chart.reload(change.ticker ? `?${new URLSearchParams({ t: change.ticker })}` : undefined);
        return;
      }
      const next = { ...question(change), choice: decide() };
      chart.chosen = true;
      chart.state = {
        ticker: next.ticker,
        resolution: next.resolution,
        adjust: next.adjust,
        source: next.source,
      };
      story.chosen(next);
      asking.ask(next);
    };

    /** A new choice of the person's: everything asked before it no longer counts. */
    function decide() {
      chart.choosing = true;
      chart.choice += 1;
      return chart.choice;
    }

    /** Ask for what a link says, by itself the one in the address bar. */
    chart.reload = (query = window.location.search) =>
      asking.ask({ query, px: plotWidth(), choice: decide() });

    /** The question that a chart begins with. */
    chart.begin = () => asking.begin({ query: window.location.search, px: plotWidth(), choice: decide() });

    /** The view moved: ask if what is held does not do for it. */
    function look(low, high) {
      if (chart.choosing) return;
      const where = `${low.toFixed(6)} ${high.toFixed(6)}`;
      if (!chart.keep || window.chandlery.viewport.covers(chart.keep, low, high)) asking.hush();
      else if (where !== chart.looked) {
        chart.looked = where; // asked once: what an answer cannot cover is not asked for again
        const [from, to] = [low, high].map(chart.axis.timeOfX);
        asking.ask({ ...question({ from, to, pan: true }), choice: chart.choice }, { soon: true });
      }
    }

    function tell() {
      const [low, high] = view();
      const [first, after] = chart.bars.within(low, high);
      const { iso } = window.chandlery.format;
      card.dataset.first = first < after ? iso(chart.bars.t[first]) : '';
      card.dataset.last = first < after ? iso(chart.bars.t[after - 1]) : '';
      card.dataset.candles = String(chart.bars.n);
      story.atStart(chart.message.first_x !== null && low <= chart.message.first_x + 1e-6);
      story.follow(chart, gd, first < after ? after - 1 : -1);
    }

    function address() {
      const [low, high] = view();
      const edges = window.chandlery.url.edges(
        chart.axis,
        low,
        Math.min(high, chart.message.last_x),
        chart.message.resolution,
      );
      const query = `?${window.chandlery.url.encode({ ...chart.message.state, ...edges })}`;
      document.title = `${chart.message.ticker} · Chandlery`;
      if (query === window.location.search) return;
      const method = chart.chosen ? 'pushState' : 'replaceState';
      chart.chosen = false;
      window.history[method](null, '', query);
    }

    /** A view that was dragged past an end of history comes back until a quarter of it shows candles. */
    function pulledBack([low, high]) {
      const { first_x: first, last_x: last } = chart.message;
      const begin = first === null ? 0 : first;
      const span = Math.min(high - low, (last - begin) * 1.25);
      const start = Math.min(Math.max(low, begin - span * 0.75), last - span * 0.25);
      return [start, start + span];
    }

    /** Show a window of the candles at hand; through Dash's figure, which would otherwise bring the old one back. */
    function moveTo(window_) {
      chart.moves += 1;
      chart.composed = window_;
      chart.figure = window.chandlery.figure.compose(chart.figure, chart, window_, plotWidth());
      window.dash_clientside.set_props(idOf('graph', number), { figure: chart.figure });
    }

    function settle() {
      if (!chart.bars) return;
      const here = view();
      const [low, high] = pulledBack(here);
      if (Math.abs(low - here[0]) + Math.abs(high - here[1]) > 1e-9) {
        moveTo([low, high]);
        return;
      }
      look(low, high);
      window.Plotly.relayout(gd, window.chandlery.figure.fit(chart, [low, high], plotWidth())).then(() => {
        if (!chart.bars) return;
        tell();
        address();
      });
    }

    /** The read-out follows the pointer, and the newest visible candle without one. */
    function point(event) {
      chart.pointer = event && event.clientX;
      if (!chart.bars) return;
      const [first, after] = chart.bars.within(...view());
      story.follow(chart, gd, first < after ? after - 1 : -1);
    }

    /** Listen, as soon as Plotly has made its element. */
    function attach() {
      const found = card.querySelector('.js-plotly-plot');
      if (!found || !found.on || !found._fullLayout || !found._fullLayout.xaxis) {
        window.requestAnimationFrame(attach);
        return;
      }
      if (found !== gd) {
        gd = found;
        gd.on('plotly_relayouting', (event) => {
          chart.dragging = true;
          if (event['xaxis.range[0]'] !== undefined) look(event['xaxis.range[0]'], event['xaxis.range[1]']);
        });
        gd.on('plotly_relayout', (event) => {
          chart.dragging = false;
          const moved = event['xaxis.range[0]'] !== undefined || event['xaxis.range'] !== undefined;
          if (moved || event.autosize) settle();
          settled.splice(0).forEach((resume) => resume());
        });
        gd.on('plotly_react', shown);
        gd.addEventListener('mousemove', (event) => point(event));
        gd.addEventListener('mouseleave', () => point(null));
      }
      shown();
    }

    /** Nothing more is to come of an answer. Returns null: nothing to draw. */
    function landed() {
      chart.drawing = false;
      story.show(asking.asking);
      return null;
    }

    /** The figure of an answer is on the screen (Dash draws some figures twice; the first time counts). */
    function shown() {
      if (!chart.bars || !chart.composed) return;
      const { seq, moves } = gd.layout.meta || {};
      if (seq !== chart.message.seq || moves !== chart.moves) return;
      const here = view();
      const moved = here.some((edge, i) => Math.abs(edge - chart.composed[i]) > 1e-9);
      chart.composed = null;
      landed();
      if (moved) settle(); // the person went on while the answer was drawn
      else look(...here);
      tell();
      address();
    }

    /** Resolve when no drag is under way: Plotly moves its layers while dragging and must not be redrawn then. */
    function still() {
      return chart.dragging ? new Promise((resume) => settled.push(resume)) : Promise.resolve();
    }

    /** Say that nothing came; what is on the screen stays unless it belongs to another ticker. */
    function refuse(message, figure) {
      const foreign = !chart.message || chart.message.ticker !== message.ticker;
      if (message.state) chart.state = message.state;
      chart.choosing = false;
      story.fail(message.error, foreign ? message : null);
      landed();
      if (!foreign || !chart.bars) return null;
      chart.bars = chart.message = chart.keep = chart.composed = null;
      return { ...figure, data: figure.data.map((trace) => ({ ...trace, x: [], y: undefined })) };
    }

    /** The window to show: the answer's, with room for the newest candle, or the one on the screen. */
    function windowOf(message, bars) {
      if (!message.view) return view();
      const [low, high] = message.view;
      if (!message.at_end) return [low, high];
      const newest = bars.n ? bars.x[bars.n - 1] + bars.slot * 0.6 : high;
      return [low, Math.max(high + (high - low) * RIGHT_PADDING, newest)];
    }

    /** Turn an answer into the figure to show, or null when there is nothing to change. */
    chart.draw = async (message, figure) => {
      chart.drawing = true;
      const question = asking.arrived(message);
      const late = () => !question || question.choice !== chart.choice;
      if (late()) return landed();
      if (message.error) return refuse(message, figure);
      const axis = await axisOf(message.calendar);
      await still();
      if (late()) return landed();
      const bars = window.chandlery.bars.create(message, axis);
      if (message.view) chart.moves += 1;
      Object.assign(chart, { axis, bars, message, keep: message.keep, state: message.state, choosing: false });
      story.tell(message);
      chart.composed = windowOf(message, bars);
      chart.figure = window.chandlery.figure.compose(figure, chart, chart.composed, plotWidth());
      if (!gd || !gd.isConnected) window.requestAnimationFrame(attach);
      return chart.figure;
    };

    /** An answer could not be drawn: a calendar that did not come, or a fault of ours. */
    chart.broken = (error) => {
      chart.choosing = false;
      story.fail({ message: 'The chart could not be drawn. Try again, or load the page anew.' }, null);
      landed();
      window.console.error(error);
    };

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
    /** Draw an answer. */
    async draw(message, figure) {
      if (!message) return window.dash_clientside.no_update;
      const chart = own();
      const drawn = await chart.draw(message, figure).catch(chart.broken);
      return drawn || window.dash_clientside.no_update;
    },
  };

  window.chandlery.charts = charts;
})();
