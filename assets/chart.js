/**
 * One chart on the page: what the person wants of it, what it holds, and when it asks.
 *
 * The browser owns the view; the server owns the candles. Callbacks never take relayoutData: a chart decides whether
 * anything has to be asked and writes the viewport Store; the answer comes as the bars Store and is drawn here, once.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const clock = { now: () => Date.now(), after: (f, ms) => setTimeout(f, ms), cancel: (id) => clearTimeout(id) };

  const idOf = (type, chart) => ({ type, chart });

  /** @param {number} number of the chart, as the ids of its parts have it @param {HTMLElement} card */
  function create(number, card) {
    const stage = card.querySelector('.stage');
    const usual = JSON.parse(card.dataset.usual || '{}'); // of its page, see url.js
    const chart = { number, card, usual, axis: null, bars: null, gaps: [], message: null, keep: null, last: null };
    // state and range are of what is on the screen, the range until the person moves the view. wanted is the choice that
    // is not answered yet: pans wait for it, and answers to older ones are dropped. unanswered is one that got no answer.
    Object.assign(chart, { state: null, range: null, wanted: null, unanswered: null, choice: 0 });
    Object.assign(chart, { chosen: false, moved: false, looked: '', drawing: false });
    Object.assign(chart, { looks: window.chandlery.url.looks(window.location.search, usual), seq: 0, paint: 0 });
    chart.colours = window.chandlery.theme.colours(card);
    const story = window.chandlery.story.create(card);
    const view = window.chandlery.view.create(chart, stage, { moved: look, settled: () => place.tell(), marked: (i) => story.mark(chart, view, i) });
    const place = window.chandlery.place.create(chart, view, story);

    const into = (store) => (question) => window.dash_clientside.set_props(idOf(store, number), { data: question });
    chart.opinions = window.chandlery.opinions.create(into('compared'), view.invalidate, clock);
    const { create: pane, partsOf } = window.chandlery.sentiment;
    chart.sentiment = pane(into('sentiment-asked'), view.invalidate, clock, partsOf(stage));
    chart.mentions = window.chandlery.mentions.create(chart, view, into('mentions-asked'), clock);
    const address = () => window.chandlery.url.asked(window.location.search, usual);

    const asking = window.chandlery.viewport.create(
      {
        send: into('viewport'),
        changed: () => story.show(asking.asking || chart.drawing),
        slow: () => window.chandlery.connection.suspect(),
        lost: ({ quiet }) => {
          if (quiet) return chart.live.missed();
          forgo();
          story.fail({ message: 'The server did not answer. Check that it is running.' }, null);
          return story.show(false);
        },
      },
      clock,
    );
    const plotWidth = () => Math.round(chart.bars ? view.width : Math.max(stage.clientWidth - 64, 200));

    /** What is on the screen, as a question. */
    function present() {
      const whole = { ...chart.state, range: chart.range };
      if (!chart.range && view.range) [whole.from, whole.to] = view.range.map(chart.axis.timeOfX);
      else whole.range = chart.range || '6M';
      return whole;
    }

    /** Ask for what is new of what is on the screen, unless a hand is on it; whether that was asked. */
    function poll() {
      if (!chart.bars || chart.wanted || chart.drawing || view.busy) return false;
      const [from, to] = view.range.map(chart.axis.timeOfX);
      return asking.quietly({ ...chart.state, range: null, from, to, px: plotWidth(), pan: true, choice: chart.choice });
    }
    const seen = () => card.isConnected && !document.hidden && !window.chandlery.connection.gone;
    chart.live = window.chandlery.live.create({ ask: poll, seen }, clock, Math.random);

    /** Take a question for what the person wants now: everything asked before it no longer counts. */
    function want(question) {
      view.halt();
      chart.choice += 1;
      chart.unanswered = null;
      chart.wanted = { ...question, px: plotWidth(), choice: chart.choice };
      return chart.wanted;
    }

    /** What the person wanted got no answer: the screen counts again, until they try once more. */
    function forgo() {
      chart.unanswered = chart.wanted || chart.unanswered;
      chart.wanted = null;
      if (chart.message) story.chosen({ ...chart.state, range: chart.range });
    }

    /** A person chose something: a ticker, a range, a resolution, or (nothing) to try again. */
    chart.choose = (change) => {
      if (change.type || change.entry) return chart.look(change);
      if (usual.ticker && change.ticker) return window.location.assign(`/?t=${encodeURIComponent(change.ticker)}`); // this page has its own
      // Without candles on the screen, what failed is what the person goes on from.
      const again = (Object.keys(change).length === 0 || !chart.bars) && chart.unanswered;
      const open = chart.wanted || again || (chart.state ? present() : { query: address() });
      const link = open.query !== undefined;
      const pan = Boolean(change.adjust && chart.bars && !chart.wanted && !chart.range); // other prices, the same view
      const next = want(link ? { query: window.chandlery.url.changed(open.query, change) } : { ...open, ...change, pan });
      chart.chosen = true;
      if (!link) story.chosen(next);
      return asking.ask(next);
    };

    /** Ask for what the link in the address bar says. */
    chart.reload = () => {
      chart.look(window.chandlery.url.looks(window.location.search, usual), { keep: true });
      asking.ask(want({ query: address() }));
    };

    /** The question that a chart begins with. */
    chart.begin = () => asking.begin(want({ query: address() }));

    /** Ask once more, what has no answer or what is on the screen: the connection is back. */
    chart.refresh = () => {
      const open = chart.wanted || chart.unanswered;
      if (open) asking.ask(want(open));
      else if (!chart.bars) chart.reload();
      else asking.ask(want({ ...present(), pan: !chart.range }));
    };

    /** The server was reached and failed, or could not be reached: nobody has to wait for longer. */
    chart.failed = () => asking.fail();

    /** Kind of chart, scale, panes, mentions: no candles have to be asked for. */
    chart.look = (change, { keep = false } = {}) => {
      chart.looks = { ...chart.looks, ...change };
      story.looks(chart.looks);
      chart.mentions.switched();
      if ('sentiment' in change && chart.bars) chart.sentiment.rest(chart.message, chart.bars, chart.looks);
      view.render();
      if (!keep && chart.message) {
        chart.chosen = true;
        place.write();
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
      if (chart.unanswered && window.chandlery.connection.leave(chart)) story.patient();
      if (chart.wanted) return;
      const where = `${low.toFixed(6)} ${high.toFixed(6)}`;
      if (covered(low, high)) {
        chart.looked = '';
        asking.hush();
      } else if (where !== chart.looked) {
        chart.looked = where; // asked once: what an answer cannot cover is not asked for again
        story.edge(low < chart.keep[0] ? 'left' : high > chart.keep[1] ? 'right' : '');
        asking.ask({ ...present(), px: plotWidth(), pan: true, choice: chart.choice }, { soon: true });
      }
    }

    /** Nothing more is to come of an answer. */
    function landed() {
      chart.drawing = false;
      story.show(asking.asking);
    }

    /** Say that nothing came; what is on the screen stays unless it belongs to another ticker. */
    function refuse(message) {
      chart.live.rest();
      const foreign = !chart.message || chart.message.ticker !== message.ticker;
      forgo();
      if (foreign && message.state) Object.assign(chart, { state: message.state, range: message.state.range });
      story.fail(message.error, foreign ? message : null);
      if (foreign && message.state) place.name(message.ticker, { ...message.state, ...chart.looks, range: chart.range || '6M' });
      landed();
      if (!foreign || !chart.bars) return;
      chart.bars = chart.message = chart.keep = chart.last = null;
      chart.mentions.hide();
      view.clear();
    }

    /** Draw an answer. */
    chart.draw = async (message) => {
      const { followed, lastOf, same, windowOf } = window.chandlery.answer;
      chart.drawing = !asking.quiet;
      const question = asking.arrived(message);
      const late = () => !question || question.choice !== chart.choice;
      if (late()) return landed();
      story.sources(message.sources || []);
      window.chandlery.connection.alive(chart, message.error);
      if (message.error) return refuse(message);
      chart.live.heard(message);
      const { quiet } = question;
      if (quiet) message.state.range = chart.range;
      if (quiet && same(message, chart.message)) {
        chart.message = message;
        window.chandlery.spoken.rest();
        story.tell(message);
        view.invalidate(); // ages and tiers are other ones
        return landed();
      }
      const [axis] = await Promise.all([window.chandlery.calendars.axisOf(message.calendar), view.ready()]);
      if (late()) return landed();
      const bars = window.chandlery.bars.create(message, axis);
      const gaps = window.chandlery.gaps.find(bars, axis, message.resolution);
      const last = lastOf(message, bars, chart);
      const range = quiet ? followed(view, chart, bars) : windowOf(message, bars, view.range);
      const begun = quiet && chart.range && message.last_x > chart.message.last_x;
      const read = chart.bars && view.cursor >= 0 ? chart.bars.t[view.cursor] : null;
      if (!question.pan) view.halt(); // a movement of what was on the screen before
      Object.assign(chart, { axis, bars, gaps, last, message, keep: message.keep, seq: message.seq });
      Object.assign(chart, { state: message.state, wanted: null, unanswered: null });
      if (!question.pan) Object.assign(chart, { range: message.state.range, moved: message.moved });
      view.range = range;
      view.cursor = read === null ? -1 : bars.t.indexOf(read);
      if (quiet) window.chandlery.spoken.rest();
      story.tell(message);
      view.render();
      landed();
      place.tell();
      if (!quiet) [chart.opinions, chart.sentiment].forEach((aside) => aside.rest(message, bars, chart.looks));
      chart.mentions.rest();
      if (begun) chart.refresh(); // a session has begun, and the range ends with it
      else if (!covered(...view.range)) look(view.range);
      return undefined;
    };

    /** An answer could not be drawn: a calendar that did not come, or a fault of ours. */
    chart.broken = (error) => {
      forgo();
      story.fail({ message: 'The chart could not be drawn. Try again, or load the page anew.' }, null);
      landed();
      window.console.error(error);
    };

    /** Show the newest candles at the present zoom. */
    chart.newest = () => {
      if (!chart.bars) return;
      const [low, high] = view.range;
      const { at_end: held, last_x: last } = chart.message;
      const newest = held ? Math.min(last, view.held()[1]) : last; // a running session has hours to come
      const end = newest + (high - low) * window.chandlery.range.END_AIR;
      view.glide([end - (high - low), end]);
    };

    chart.keys = window.chandlery.keys.create(chart, view);
    chart.offline = (gone) => {
      story.offline(gone);
      if (!gone) chart.mentions.back();
    };
    chart.say = (words) => story.note(words);

    /** Go back to candles that are held. */
    chart.held = () => {
      const [from, to] = view.held();
      const span = view.range[1] - view.range[0];
      view.glide(view.range[0] < from ? [from, from + span] : [to - span, to]);
    };
    const verbs = { move: view.move, zoom: view.zoom, point: view.point, settle: view.settle, newest: chart.newest };
    window.chandlery.gestures.attach(stage, verbs);
    story.looks(chart.looks);
    chart.mentions.switched();
    window.chandlery.theme.mark();
    Object.assign(chart, { view, stage });
    return chart;
  }

  window.chandlery.chart = { create };
})();
