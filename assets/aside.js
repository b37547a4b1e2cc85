/**
 * How something beside the candles is asked for (another source's view, sentiment): once the chart has come to rest, in a
 * question of its own, so that candles never wait for it. What comes for an older question is not for us any more.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const REST_MS = 600;
  let wanted = 0; // questions of the page are numbered from 1: a chart that comes back to it takes no answer of before

  /**
   * @param {(question: object) => void} send @param {{after: Function, cancel: Function}} clock
   */
  function create(send, clock) {
    let timer = 0;
    let asked = 0;

    return {
      /** Ask once nothing else is asked for a while, null: nothing; whatever was asked before is dropped. */
      ask(question, after = REST_MS) {
        clock.cancel(timer);
        asked = 0;
        wanted += 1;
        const seq = wanted;
        if (!question) return;
        timer = clock.after(() => {
          asked = seq;
          send({ ...question, seq });
        }, after);
      },
      /** Whether an answer is to the question that was asked last. @param {{seq: number}} answer */
      expects: ({ seq }) => asked > 0 && seq === asked,
    };
  }

  /** The bars at hand as the server is asked about them. @param {object} message @param {object} bars at least one */
  function about({ ticker, resolution, source }, { n, t }) {
    return { ticker, resolution, source, first: t[0], last: t[n - 1] };
  }

  window.chandlery.aside = { create, about };
})();
