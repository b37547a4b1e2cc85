/**
 * The ticker box: matches while a person types, by keyboard, mouse and finger. The rows only offer: what is typed
 * stays as it is until a row is chosen. Enter takes the row that is highlighted, by itself or by the arrows, else the
 * text. Listens once for the whole page, because cards come and go.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const LIMIT = 8;
  const BOX = '.search [data-testid="ticker-input"]';

  async function fetched(text) {
    const answer = await fetch(`/api/v2/tickers/search?${new URLSearchParams({ q: text, limit: LIMIT })}`);
    if (!answer.ok) throw new Error(`search: ${answer.status}`);
    return (await answer.json()).results;
  }

  /** One match as a row; text only, whatever the server says. */
  function rowOf(id, symbol) {
    const row = document.createElement('li');
    Object.assign(row, { id, role: 'option' });
    row.dataset.ticker = symbol.ticker;
    row.dataset.name = symbol.name;
    row.classList.toggle('unpriced', symbol.priced === false);
    const place = symbol.priced === false ? 'no prices here' : symbol.exchange.toUpperCase();
    const parts = { symbol: symbol.ticker, company: symbol.name, exchange: place };
    for (const [name, text] of Object.entries(parts)) {
      const part = document.createElement('span');
      part.className = `search-${name}`;
      part.textContent = text;
      row.append(part, ' ');
    }
    return row;
  }

  /** Write a text as if it were typed, so that React knows it and does not bring an older one back. */
  function write(input, text) {
    if (input.value === text) return;
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, text);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }

  function create(input) {
    const { best, finder, step } = window.chandlery.matches;
    const root = input.closest('.search');
    const list = root.querySelector('[role="listbox"]');
    const card = input.closest('[data-testid="price-chart"]');
    let shown = { ticker: card.dataset.ticker || '', name: '' }; // what the box says while nobody types
    let typing = false;
    let writing = false;
    let active = -1;
    let picked = false; // whether the arrows have led there
    const finding = finder(fetched, fill, { after: setTimeout.bind(window), cancel: clearTimeout.bind(window) });
    const box = { fresh: false };

    function highlight(next, byArrow = false) {
      active = next;
      picked = byArrow;
      [...list.children].forEach((row, i) => row.setAttribute('aria-selected', String(i === active)));
      const row = list.children[active];
      if (row) {
        input.setAttribute('aria-activedescendant', row.id);
        row.scrollIntoView({ block: 'nearest' });
      } else input.removeAttribute('aria-activedescendant');
    }

    function open(yes) {
      list.hidden = !yes;
      input.setAttribute('aria-expanded', String(yes));
      highlight(-1);
    }

    function fill(symbols) {
      list.replaceChildren(...symbols.map((symbol, i) => rowOf(`${list.id}-${i}`, symbol)));
      open(symbols.length > 0 && document.activeElement === input);
      list.scrollTop = 0;
      if (!list.hidden) highlight(best(symbols, input.value));
    }

    /** Put the text that belongs to the chart into the box, and away with what was typed. */
    function restore() {
      finding.stop();
      open(false);
      typing = false;
      writing = true;
      write(input, shown.ticker);
      writing = false;
      face();
    }

    function face() {
      root.querySelector('.search-ticker').textContent = shown.ticker;
      root.querySelector('.search-name').textContent = shown.name;
      root.querySelector('.search-face').hidden = input.value !== shown.ticker;
    }

    box.typed = () => {
      if (writing) return;
      typing = true;
      face();
      highlight(-1);
      finding.ask(input.value);
    };

    box.choose = (ticker, name, leaving) => {
      const chart = [...window.chandlery.charts.values()].find((one) => one.card === card);
      if (!chart) return;
      shown = { ticker, name };
      restore();
      chart.choose({ ticker });
      if (!leaving) leave(); // Tab goes where it goes
    };

    function leave() {
      const stage = card.querySelector('.stage');
      if (stage) stage.focus({ preventScroll: true });
      if (document.activeElement === input) input.blur();
    }

    /** Choose what a text means as soon as its matches are known; the text and the next keys do not wait. */
    function enter(text) {
      finding.settle((rows) => {
        const { ticker, name } = rows[best(rows, text)] || { ticker: text, name: '' };
        box.choose(ticker, name);
      });
      if (!finding.waits()) return;
      open(false);
      leave();
    }

    function take(row, leaving) {
      box.choose(row.dataset.ticker, row.dataset.name, leaving);
    }

    const keys = {
      Enter() {
        const text = input.value.trim();
        if (list.children[active]) take(list.children[active]);
        else if (text && typing && !picked) enter(text);
        else if (text) box.choose(text, text === shown.ticker ? shown.name : '');
      },
      Escape() {
        finding.stop();
        if (!list.hidden) {
          open(false);
        } else {
          restore();
          input.select();
        }
      },
      Tab() {
        if (picked && list.children[active]) take(list.children[active], true);
      },
      ArrowDown(event) {
        if (list.hidden) finding.ask(input.value);
        else highlight(step(event.key, active, list.children.length), true);
      },
    };
    keys.ArrowUp = keys.ArrowDown;

    box.pressed = (event) => {
      const key = keys[event.key];
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
      if (!key || !plain || event.isComposing) return;
      if (event.key !== 'Tab') event.preventDefault();
      key(event);
    };
    box.clicked = (row) => take(row);
    box.left = () => {
      if (finding.waits()) return;
      if (document.activeElement !== input) restore(); // else the whole window was left, and the text may stay
    };
    box.show = (ticker, name) => {
      shown = { ticker, name: name || '' };
      const busy = document.activeElement === input && (typing || !list.hidden);
      if (!busy && !finding.waits()) restore();
    };
    return box;
  }

  const boxes = new WeakMap();
  function boxOf(input) {
    if (!boxes.has(input)) boxes.set(input, create(input));
    return boxes.get(input);
  }

  /** The box that an event happened in (or in the rows of), if any. */
  function at(event) {
    const root = event.target.closest('.search');
    const input = root && root.querySelector(BOX);
    return input ? { input, box: boxOf(input), row: event.target.closest('[role="option"]') } : {};
  }

  function listen() {
    document.addEventListener('input', (event) => event.target.matches(BOX) && boxOf(event.target).typed());
    document.addEventListener('keydown', (event) => event.target.matches(BOX) && boxOf(event.target).pressed(event));
    document.addEventListener('focusin', (event) => event.target.matches(BOX) && event.target.select());
    document.addEventListener('focusout', (event) => event.target.matches(BOX) && boxOf(event.target).left());
    // The plot keeps the focus where it is when it is pressed.
    document.addEventListener(
      'pointerdown',
      (event) => {
        const input = document.activeElement;
        if (input.matches(BOX) && !input.closest('.search').contains(event.target)) input.blur();
      },
      true,
    );
    document.addEventListener('mousedown', (event) => {
      const { input, box } = at(event);
      if (!box) return;
      if (event.target !== input) event.preventDefault(); // the rows do not take the focus from the box
      else box.fresh = document.activeElement !== input;
    });
    document.addEventListener('click', (event) => {
      const { input, box, row } = at(event);
      if (row) box.clicked(row);
      // The press that brought the focus has placed the caret, too.
      else if (box && box.fresh && input.selectionStart === input.selectionEnd) input.select();
      if (box) box.fresh = false;
    });
  }

  /** Say what the chart of a card shows, unless the person is typing something else into its box. */
  function show(card, ticker, name) {
    const input = card.querySelector(BOX);
    if (input) boxOf(input).show(ticker, name);
  }

  if (typeof document !== 'undefined') listen();
  window.chandlery.search = { show };
})();
