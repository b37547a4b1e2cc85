/**
 * The list beside the candles of a drill-down: each call with its prices and outcomes, from the same answer as the marks,
 * so that both always say the same. A row and its mark light up together; choosing a row shows it on the candles.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const NO_LIST = { show() {}, light() {} };

  /** @param {string} label what the column is called, for where columns are lines @param {Node|string} what */
  function cell(label, what, name = '') {
    const made = document.createElement('td');
    made.className = name;
    made.dataset.label = label;
    made.append(what);
    return made;
  }

  /** A price with its day, "–" where there is none. */
  function priceCell(label, price, day, missing = '') {
    const { piece, dayOf } = window.chandlery.mentionCard;
    const made = cell(label, price === null ? '–' : window.chandlery.format.price(price), 'number');
    if (price !== null) made.append(piece('span', 'aside', dayOf(day)));
    else if (missing) made.append(piece('span', 'aside', missing));
    return made;
  }

  function outcomeCells({ outcomes }) {
    return [21, 63, 252].map((horizon) => {
      const found = outcomes.find((outcome) => outcome.horizon === horizon);
      const made = cell(`+${horizon}`, found ? found.short : '–', 'number outcome');
      if (found) {
        made.dataset.state = found.state;
        made.title = found.words;
      }
      return made;
    });
  }

  function row(call) {
    const { piece, foreign, titleOf, capital } = window.chandlery.mentionCard;
    const made = document.createElement('tr');
    made.dataset.id = call.id;
    made.classList.toggle('unscored', !call.outcomes.length);
    const go = piece('button', 'calls-day', call.published);
    go.type = 'button';
    go.title = 'Show on the chart';
    const action = piece('span', 'mention-action', capital(call.action));
    action.dataset.kind = call.kind;
    const words = piece('div', 'calls-words');
    words.append(titleOf(call));
    if (call.quote) words.append(foreign('q', 'mention-quote', call.quote));
    call.rebased.forEach((text) => words.append(piece('span', 'aside', capital(text))));
    const { said } = call;
    const prices = [priceCell('Price said', said && said.price, said && said.day), priceCell('Price to be had', call.price, call.day, call.why)];
    made.append(cell('Said on', go), cell('Action', action), ...prices, ...outcomeCells(call), cell('What was said', words, 'calls-said'));
    return made;
  }

  /**
   * The list of the page that a chart stands on; where there is none, one that does nothing.
   * @param {HTMLElement} card @param {{over: (ids: string[]) => void, choose: (id: string) => void}} hooks
   */
  function of(card, hooks) {
    const main = card.closest('main');
    const place = main && main.querySelector('[data-testid="calls-list"]');
    if (!place) return NO_LIST;
    const body = place.querySelector('tbody');
    const words = place.querySelector('.calls-told');
    const idOf = ({ target }) => (target.closest('tr[data-id]') || { dataset: {} }).dataset.id;
    body.addEventListener('pointerover', (event) => hooks.over([idOf(event)].filter(Boolean)));
    body.addEventListener('pointerleave', () => hooks.over([]));
    body.addEventListener('focusin', (event) => hooks.over([idOf(event)].filter(Boolean)));
    body.addEventListener('focusout', () => hooks.over([]));
    body.addEventListener('click', (event) => {
      if (!event.target.closest('.calls-day')) return;
      card.querySelector('.stage').scrollIntoView({ block: 'nearest' });
      hooks.choose(idOf(event));
    });
    return {
      /** @param {object|null} answer null: nothing is known yet */
      show(answer) {
        const calls = answer ? answer.calls : [];
        const count = calls.length === 1 ? '1 mention' : `${calls.length} mentions`;
        const told = answer ? answer.words || `${count}, outcomes in points against ${answer.measured}` : 'Looking for mentions …';
        if (words.textContent !== told) words.textContent = told;
        place.querySelector('table').hidden = !calls.length;
        body.replaceChildren(...[...calls].reverse().map(row)); // the newest first
      },
      /** @param {Set<string>} ids */
      light(ids) {
        for (const line of body.children) line.classList.toggle('lit', ids.has(line.dataset.id));
      },
    };
  }

  window.chandlery.calls = { of };
})();
