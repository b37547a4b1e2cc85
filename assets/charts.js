/**
 * The charts of the page, and what Dash calls of them: each callback is about the chart that its output names.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const charts = new Map();
  const domId = (type, chart) => JSON.stringify({ chart, type }); // Dash sorts the keys of an id

  /** The chart of a callback's own output, made when the page mounts it (again). */
  function own() {
    const { chart: number } = window.dash_clientside.callback_context.outputs_list.id;
    const card = document.getElementById(domId('card', number));
    if (!charts.has(number) || charts.get(number).card !== card) charts.set(number, window.chandlery.chart.create(number, card));
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
    /** Mark the bars that other sources see differently. */
    mark(answer) {
      if (!answer) return window.dash_clientside.no_update;
      own().opinions.told(answer);
      return answer.seq;
    },
    /** Draw how people spoke of what is on the screen. */
    sentiment(answer) {
      if (!answer) return window.dash_clientside.no_update;
      own().sentiment.told(answer);
      return answer.seq;
    },
    /** Put what channels said on the candles. */
    mention(answer) {
      if (!answer) return window.dash_clientside.no_update;
      own().mentions.told(answer);
      return answer.seq;
    },
  };

  window.chandlery.charts = charts;
  /** The charts that are on the page now. */
  window.chandlery.present = () => [...charts.values()].filter((chart) => chart.card.isConnected);
})();
