/**
 * What else there is to say of a candle, beside its prices: what happened that day, what other sources have, how people
 * spoke of the stock, where it came from, whether it may change. On a phone it is shown when the candle is marked (see style.css).
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  /**
   * @param {object} chart bars, message, colours, opinions, sentiment @param {number} i index of the bar
   * @param {(name: string, value: string, kind: string) => HTMLElement} field makes a piece of the read-out
   * @returns {HTMLElement} pieces of the read-out, in a part of their own
   */
  function of({ bars, message, colours, opinions, sentiment }, i, field) {
    const { events, provenance } = window.chandlery;
    const place = document.createElement('span');
    place.className = 'aside';
    const happened = events.of(message.events || [], bars.x[i], bars.slot);
    place.append(...happened.map(({ words }) => field('', words, 'event')));
    const others = opinions.of(bars.t[i]);
    if (others) place.append(field('Sources', others, 'opinion'));
    const said = sentiment.at(bars.x[i]);
    if (said) place.append(field('Sentiment', window.chandlery.sentiment.words(said), 'sentiment'));
    const from = provenance.of(message.spans, bars.x[i], bars.slot);
    if (!from) return place;
    const origin = field('', provenance.pieces(from).join(' · '), 'origin');
    origin.style.setProperty('--source', provenance.colourOf(colours, from.source));
    origin.style.setProperty('--strength', provenance.STRENGTH[from.tier]);
    place.append(origin, ...provenance.warnings(from).map((word) => field('', word, `warning ${word}`)));
    return place;
  }

  window.chandlery.beside = { of };
})();
