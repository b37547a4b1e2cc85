/**
 * Mentions on the candles: what channels said, on the first bar a viewer could trade, and rays to what became of it.
 * Asked for once the chart rests and only while a person wants to see them; candles never wait for it. Where each one
 * stands is mention_fold.js's business, buttons are mention_marks.js's, words mention_card.js's, rays mention_rays.js's.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const PATIENCE_MS = 9000;
  const AGAIN_MS = 3000;
  const MOST_AGAIN = 40;
  const LEAVE_MS = 250; // on the way from a mark to its card
  const FEW = 12; // calls of which all rays are painted
  const FILLS = 0.6; // of the view
  const SPREAD = 0.15; // air at either side of a cluster that was zoomed to
  const AROUND = 130; // sessions at either side of a call that is gone to

  /**
   * @param {object} chart looks, message, axis, bars, card, usual @param {object} view
   * @param {(question: object) => void} send @param {{after: Function, cancel: Function}} clock
   */
  function create(chart, view, send, clock) {
    const { card } = chart;
    const words = card.querySelector('.mention-words');
    const box = card.querySelector('.mention-card');
    const told = { key: '', ticker: '', calls: [], benchmark: '', measured: '' };
    const placed = { key: '', points: [], groups: [], pxPerX: 0 };
    let asked = null; // the question that no answer has come to yet
    let patience = 0;
    let leaving = 0;
    let rounds = 0;
    let open = null; // the group that is told of
    let pinned = false;
    let lit = new Set(); // ids of the calls that stand out: what is pointed at, else what was gone to
    let kept = [];

    const aside = window.chandlery.aside.create(send, clock);
    const marks = window.chandlery.mentionMarks.create(card.querySelector('.mentions'), {
      over: (group) => !pinned && show(group),
      out: () => !pinned && later(),
      choose,
      leave: () => (open ? close() : view.point(null)),
    });
    const story = window.chandlery.mentionCard.create(box);
    const list = window.chandlery.calls.of(card, { over: light, choose: goTo });

    const say = (text) => {
      if (words.textContent !== text) words.textContent = text;
    };

    function light(ids) {
      lit = new Set(ids.length ? ids : kept);
      list.light(lit);
      view.invalidate();
    }

    function show(group) {
      clock.cancel(leaving);
      if (!group || open === group) return;
      open = group;
      story.show(group, told);
      light(group.points.map(({ call }) => call.id));
    }

    function close() {
      clock.cancel(leaving);
      if (!open) return;
      [open, pinned] = [null, false];
      story.hide();
      light([]);
    }

    function later() {
      clock.cancel(leaving);
      leaving = clock.after(close, LEAVE_MS);
    }

    /** The span of a cluster; of one that fills the view already the half that holds more. */
    function closer({ points, x0, x1 }) {
      if (x1 - x0 < (view.range[1] - view.range[0]) * FILLS) return [x0, x1];
      const middle = (x0 + x1) / 2;
      const early = points.filter(({ x }) => x <= middle).length;
      return early * 2 > points.length ? [x0, middle] : [middle, x1];
    }

    /** Zoom to what a cluster holds, or keep the card of a mark that cannot come apart. */
    function choose(group) {
      const { least } = view.limits();
      const span = group.x1 - group.x0;
      if (span > chart.bars.slot * 0.5 && view.range[1] - view.range[0] > least * 1.01) {
        close();
        const [from, to] = closer(group);
        const air = Math.max((to - from) * SPREAD, chart.bars.slot);
        chart.chosen = true; // a way back leads here
        return view.glide([from - air, to + air]);
      }
      if (pinned && open === group) return close();
      open = null;
      show(group);
      pinned = true;
      return undefined;
    }

    /** Show a call on the candles. @param {string} id */
    function goTo(id) {
      const call = told.calls.find((one) => one.id === id);
      if (!call || !chart.bars || !chart.message) return;
      const x = window.chandlery.mentionFold.xOf(call, chart.axis, chart.message.resolution);
      const [low, high] = view.range;
      const span = Math.min(high - low, 2 * AROUND);
      const end = Math.min(x + span / 2, chart.message.last_x + span * window.chandlery.range.END_AIR);
      chart.chosen = true;
      view.glide([end - span, end]);
      kept = [id];
      light(kept);
    }

    function wanted() {
      if (!chart.looks.mentions && !chart.usual.channel) return null; // a list needs them, too
      const ticker = chart.message ? chart.message.ticker : chart.usual.ticker;
      if (!ticker) return null;
      const { entry } = chart.looks;
      const channel = chart.usual.channel || null;
      return { ticker, entry, channel, key: [ticker, entry, channel].join(' ') };
    }

    /** Say on the card how far it is, for who waits. */
    const declare = () => (card.dataset.mentions = !chart.looks.mentions ? 'off' : asked ? 'asked' : 'shown');

    function forget() {
      Object.assign(told, { key: '', ticker: '', calls: [] });
      kept = [];
      clock.cancel(patience);
      aside.ask(null);
      asked = null;
      say('');
      hide();
      list.show(null);
      declare();
    }

    function hide() {
      close();
      marks.clear();
    }

    function ask(question, after) {
      asked = question;
      declare();
      aside.ask(question, after);
      clock.cancel(patience);
      patience = clock.after(() => {
        asked = null;
        declare();
        say('The mentions did not come. Switch them off and on to try again.');
      }, PATIENCE_MS);
    }

    /** Ask about what is wanted now, unless it is known or under way. @param {number} [after] ms; once the chart rests */
    function look(after) {
      const question = wanted();
      if (!question) return forget();
      if (question.ticker !== told.ticker && told.ticker) forget();
      if (question.key === told.key || (asked && asked.key === question.key)) return undefined;
      rounds = 0;
      return ask(question, after);
    }

    /** Groups of the present zoom, left to right. */
    function groupsOf({ message, axis, view: [low, high] }, { plot }) {
      const { fold, placed: place } = window.chandlery.mentionFold;
      const brief = marks.brief(told.benchmark, { plot });
      const key = `${told.seq} ${message.resolution} ${marks.size} ${brief}`;
      const pxPerX = plot.width / (high - low);
      if (key !== placed.key) Object.assign(placed, { key, pxPerX: 0, points: place(told.calls, axis, message.resolution) });
      // A pan changes the span by a rounding error.
      if (Math.abs(placed.pxPerX / pxPerX - 1) > 1e-6 || !placed.pxPerX) {
        Object.assign(placed, { pxPerX, groups: fold(placed.points, pxPerX, brief, marks.size) });
      }
      return placed.groups;
    }

    /** The points whose rays are painted: those that stand out, and all when they are few. */
    function radiant(seen) {
      const points = seen.flatMap(({ group }) => group.points).filter(({ call }) => call.direction);
      return points.length <= FEW ? points : points.filter(({ call }) => lit.has(call.id));
    }

    /** Keep the card beside its mark, also when another answer has made that anew; without the mark it goes. */
    function attend(seen, geometry) {
      const ids = ({ points }) => points.map(({ call }) => call.id).join();
      const own = seen.find(({ group }) => group === open) || seen.find(({ group }) => ids(group) === ids(open));
      if (!own) return close();
      if (own.group !== open) story.show((open = own.group), told);
      return story.place(own.mark, geometry);
    }

    box.addEventListener('pointerenter', () => clock.cancel(leaving));
    box.addEventListener('pointerleave', () => !pinned && later());
    box.addEventListener('focusin', () => clock.cancel(leaving));
    box.addEventListener('focusout', () => !pinned && later());
    box.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      card.querySelector('.stage').focus({ preventScroll: true }); // before what has the focus goes
      close();
    });
    // The card is read, scrolled and copied from; it is no part of what a hand moves.
    for (const kind of ['pointerdown', 'pointermove', 'wheel', 'dblclick']) box.addEventListener(kind, (event) => event.stopPropagation());
    card.addEventListener('pointerdown', ({ target }) => {
      if (target.closest('.mention, .mention-card')) return;
      kept = [];
      close();
    });

    return {
      /** Candles are on the screen: ask about them once they stay. */
      rest: () => look(),
      /** The server is there again: what was asked of it meanwhile is lost. */
      back: () => asked && ask(asked, 0),
      /** The person has switched something. */
      switched() {
        const { mentions, entry } = chart.looks;
        const page = card.closest('main') || card;
        const toggle = card.querySelector('[data-testid="mentions-toggle"]');
        if (toggle) window.chandlery.menus.mark(toggle, mentions);
        for (const item of page.querySelectorAll('[data-entry]')) window.chandlery.menus.mark(item, item.dataset.entry === entry);
        if (!mentions) hide();
        declare();
        look(0);
      },
      /** An answer came; one to another question than the last is dropped. */
      told(answer) {
        if (!asked || !aside.expects(answer)) return;
        const question = asked;
        clock.cancel(patience);
        asked = null;
        say(answer.words);
        const { calls, benchmark, measured } = answer;
        Object.assign(told, { seq: answer.seq, key: answer.failed ? '' : question.key, ticker: question.ticker, calls, benchmark, measured });
        list.show(answer);
        declare();
        view.invalidate();
        rounds += 1;
        if (answer.again && rounds < MOST_AGAIN) ask(question, AGAIN_MS);
      },
      hide,
      /** Put marks and rays where a frame has the candles. @param {CanvasRenderingContext2D} ctx @param {object} frame */
      paint(ctx, frame, xPx, yPx, geometry) {
        if (!chart.looks.mentions || !told.calls.length || told.ticker !== frame.message.ticker) return marks.clear();
        const tools = { xPx, yPx, geometry };
        const seen = marks.put(groupsOf(frame, geometry), frame, tools, told.benchmark, lit);
        window.chandlery.mentionRays.paint(ctx, radiant(seen), lit, frame, tools);
        return open ? attend(seen, geometry) : undefined;
      },
    };
  }

  window.chandlery.mentions = { create };
})();
