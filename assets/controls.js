/**
 * What a person does beside the plot: buttons, the ticker box, back and forward. Listens once for the whole page,
 * because cards come and go.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  /** The chart that an element stands in. */
  function chartOf(element) {
    const card = element.closest('[data-testid="price-chart"]');
    return [...window.chandlery.charts.values()].find((chart) => chart.card === card);
  }

  /** Controls say what they choose in data-choose: {"range": "1Y"}. */
  document.addEventListener('click', (event) => {
    const control = event.target.closest('[data-choose]');
    const chart = control && chartOf(control);
    if (chart) chart.choose(JSON.parse(control.dataset.choose));
  });

  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !event.target.matches('[data-testid="ticker-input"]')) return;
    const chart = chartOf(event.target);
    if (chart && event.target.value.trim()) chart.choose({ ticker: event.target.value.trim() });
  });

  window.addEventListener('popstate', () => {
    for (const chart of window.chandlery.charts.values()) {
      if (chart.card.isConnected) chart.reload();
    }
  });
})();
