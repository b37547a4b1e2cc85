/**
 * What a mark says when it is pointed at: when and where it was said, the quote, the price that was said and the one
 * that could be had, and what became of it. Text only, never markup; links to http and https alone.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const MOST = 6; // calls of a cluster that are told one by one
  const AIR_PX = 8;

  /** An element with a class and a text. @param {string} kind of element @param {string} name @param {string} [text] */
  function piece(kind, name, text = '') {
    const made = document.createElement(kind);
    made.className = name;
    made.textContent = text;
    return made;
  }

  /** What somebody else wrote: whatever marks it holds, its direction ends with it. */
  function foreign(kind, name, text) {
    const made = piece(kind, name, text);
    made.dir = 'auto';
    return made;
  }

  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const dayOf = (day) => window.chandlery.format.day(window.chandlery.mentionFold.secondsOf(day), 'UTC');

  /** The title of a call's video, as a link where it has an address that may be followed. */
  function titleOf(call) {
    const text = call.title || 'A video that is not kept any more';
    const safe = call.url && /^https?:\/\//i.test(call.url);
    const made = foreign(safe ? 'a' : 'span', 'mention-title', text);
    if (safe) Object.assign(made, { href: call.url, target: '_blank', rel: 'noopener noreferrer' });
    return made;
  }

  /** "Price when it was said: 34.20 · to be had: 34.35 on Mon 4 Mar 2013" @param {object} call */
  function prices({ said, price, day, why, direction }) {
    const { format } = window.chandlery;
    if (!direction && !said && price === null) return 'Neither buy nor sell, so it is not followed.';
    const first = said ? `Price when it was said: ${format.price(said.price)}` : 'No price when it was said';
    if (price === null) return `${first} · ${why || 'prices are on their way'}`;
    return `${first} · to be had: ${format.price(price)} on ${dayOf(day)}`;
  }

  function entry(call) {
    const made = piece('div', 'mention-entry');
    const head = piece('p', 'mention-head');
    const action = piece('span', 'mention-action', capital(call.action));
    action.dataset.kind = call.kind;
    head.append(action, ` · ${call.published} · `, foreign('span', 'mention-channel', call.channel));
    made.append(head, titleOf(call));
    if (call.gone) made.append(piece('p', 'mention-aside', 'The video is gone from YouTube.'));
    if (call.quote) made.append(foreign('q', 'mention-quote', call.quote));
    made.append(piece('p', 'mention-prices', prices(call)));
    const outcomes = piece('ul', 'mention-outcomes');
    for (const { words, state } of call.outcomes) {
      const line = piece('li', '', words);
      line.dataset.state = state;
      outcomes.append(line);
    }
    if (call.outcomes.length) made.append(outcomes);
    const asides = [...call.rebased.map(capital), call.repeats ? 'Repeats a call of the same weeks, so it is not scored again.' : ''];
    asides.filter(Boolean).forEach((words) => made.append(piece('p', 'mention-aside', words)));
    return made;
  }

  /** @param {HTMLElement} box the card's element */
  function create(box) {
    let height = 0;
    let width = 0;

    return {
      /** Tell a group. @param {object} group see mention_fold.js @param {{benchmark: string, measured: string}} against */
      show(group, { benchmark, measured }) {
        const { words, meaning } = window.chandlery.mentionFold;
        const told = group.points.slice(0, MOST).map(({ call }) => entry(call));
        if (group.count > 1) told.unshift(piece('p', 'mention-sum', words(group, benchmark)), piece('p', 'mention-aside', meaning(group, benchmark)));
        if (group.count > MOST) told.push(piece('p', 'mention-aside', `and ${group.count - MOST} more: zoom in to see them.`));
        const judged = group.points.some(({ call }) => call.outcomes.length);
        if (judged && measured !== benchmark) told.push(piece('p', 'mention-aside mention-foot', `The benchmark is ${measured}.`));
        box.replaceChildren(...told);
        box.scrollTop = 0;
        box.hidden = false;
        [width, height] = [box.offsetWidth, box.offsetHeight]; // once: later frames only move it
      },
      hide() {
        box.hidden = true;
      },
      /** Stand beside a mark. @param {{px: number, y: number, width: number, size: number}} mark */
      place({ px, y, size }, { plot, height: whole }) {
        const left = Math.max(Math.min(px - width / 2, plot.width - width - AIR_PX), AIR_PX);
        const below = y + size / 2 + AIR_PX;
        const above = y - size / 2 - AIR_PX - height;
        const room = below + height <= whole;
        const top = room ? below : Math.max(above, 0);
        const beside = !room && above < 0; // too tall for either side: it must not cover its mark
        const aside = px < plot.width / 2 ? Math.min(px + size, plot.width - width - AIR_PX) : Math.max(px - size - width, AIR_PX);
        box.style.transform = `translate(${Math.round(beside ? aside : left)}px, ${Math.round(top)}px)`;
      },
    };
  }

  window.chandlery.mentionCard = { create, piece, foreign, titleOf, capital, dayOf };
})();
