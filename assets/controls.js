/**
 * What a person does beside the stage: buttons, menus, keys, back and forward. Listens once for the whole page,
 * because cards come and go.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const ADJUSTMENTS = ['raw', 'split', 'total'];
  const RESOLUTIONS = ['auto', '1', '5', '15', '30', '60', 'D', 'W', 'M'];

  /** The chart that an element stands in; the page's first one for what stands outside. */
  function chartOf(element) {
    const present = window.chandlery.present();
    const card = element.closest('[data-testid="price-chart"]');
    return present.find((chart) => chart.card === card) || present[0];
  }

  const find = (testid) => document.querySelector(`[data-testid="${testid}"]`);
  const help = () => find('keyboard-help');

  /** What a button does that names no choice: data-do. */
  const DEEDS = {
    mentions: (chart) => chart && chart.look({ mentions: !chart.looks.mentions }),
    theme: () => window.chandlery.theme.toggle(),
    colours: () => window.chandlery.theme.toggleCandles(),
    log: (chart) => chart && chart.look({ log: !chart.looks.log }),
    sentiment: (chart) => chart && chart.look({ sentiment: !chart.looks.sentiment }),
    help: () => (help().open ? help().close() : help().showModal()),
    close: () => help().close(),
    held: (chart) => chart.held(),
    fullscreen: async (chart) => {
      const whole = chart ? chart.card : document.documentElement;
      if (document.fullscreenElement) await document.exitFullscreen();
      else if (whole.requestFullscreen) await whole.requestFullscreen();
    },
  };

  document.addEventListener('click', (event) => {
    const { target } = event;
    if (target === help()) help().close(); // the backdrop
    const control = target.closest('[data-choose], [data-do]');
    if (!control) return;
    const chart = chartOf(control);
    if (control.getAttribute('aria-disabled') === 'true') {
      if (chart) chart.say(control.dataset.why); // it cannot be had, and nothing changes
    } else if (control.dataset.do) DEEDS[control.dataset.do](chart);
    else if (chart) chart.choose(JSON.parse(control.dataset.choose));
  });

  /** From as traded to split-adjusted to total return, and round again. */
  function adjustOn(chart) {
    const { adjust = chart.state.adjust } = chart.wanted || chart.state;
    chart.choose({ adjust: ADJUSTMENTS[(ADJUSTMENTS.indexOf(adjust) + 1) % ADJUSTMENTS.length] });
  }

  /** What a key does; each takes a chart that shows something. */
  function deed(event) {
    const { key, shiftKey: shift } = event;
    const arrows = { ArrowLeft: -1, ArrowRight: 1 };
    if (key in arrows) return ({ keys }) => (shift ? keys.shift(arrows[key]) : keys.step(arrows[key]));
    if (key === '+' || key === '=') return ({ keys }) => keys.zoom(1);
    if (key === '-' || key === '−' || key === '_') return ({ keys }) => keys.zoom(-1);
    if (key === 'Home') return ({ keys }) => keys.end(-1);
    if (key === 'End') return ({ keys }) => keys.end(1);
    if (key === 'Escape') return ({ keys }) => keys.leave();
    if (key === 'a' || key === 'A') return adjustOn;
    if (/^[0-8]$/.test(key)) return (chart) => chart.choose({ resolution: RESOLUTIONS[Number(key)] });
    return null;
  }

  /** Keys that work without candles, too. */
  const ALWAYS = {
    '/': () => find('ticker-input') && find('ticker-input').focus(),
    '?': DEEDS.help,
    f: DEEDS.fullscreen,
    t: DEEDS.theme,
    l: DEEDS.log,
  };

  const scrolls = (element) => element && element.scrollWidth > element.clientWidth;

  document.addEventListener('keydown', (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (target.closest('input, textarea, select, [contenteditable], [role="menu"], dialog[open]')) return;
    if (/^Arrow/.test(key) && scrolls(target.closest('.status'))) return;
    const always = ALWAYS[key.length === 1 ? key.toLowerCase() : key];
    const chart = chartOf(target);
    const act = always || (chart && chart.bars ? deed(event) : null);
    if (!act) return;
    event.preventDefault();
    act(chart);
  });

  window.addEventListener('popstate', () => window.chandlery.present().forEach((chart) => chart.reload()));

  window.chandlery.controls = { chartOf };
})();
