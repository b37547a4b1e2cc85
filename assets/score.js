/**
 * Which price counts as the entry of a call: chosen on the page of a channel, kept in its address.
 */
(function () {
  'use strict';

  const POLICIES = ['next-open', 'same-day-close', 'next-close']; // as pages/score_words.py offers them
  const FIELD = 'entry';

  function named() {
    const value = new URLSearchParams(window.location.search).get(FIELD);
    return POLICIES.includes(value) ? value : POLICIES[0];
  }

  /** A reload shows the same; the usual policy needs no words in a link. */
  function keep(policy) {
    const fields = new URLSearchParams(window.location.search);
    if (policy === POLICIES[0]) fields.delete(FIELD);
    else fields.set(FIELD, policy);
    const query = fields.toString();
    window.history.replaceState(window.history.state, '', `${window.location.pathname}${query ? `?${query}` : ''}`);
  }

  /** @returns {Array} the policy, and of each button whether it is pressed */
  function choose() {
    const clicked = window.dash_clientside.callback_context.triggered_id;
    const policy = clicked ? clicked.type.replace('entry-', '') : named();
    if (clicked) keep(policy);
    return [policy, ...POLICIES.map((each) => String(each === policy))];
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.score = { choose };
})();
