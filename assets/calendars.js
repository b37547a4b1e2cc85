/**
 * The axes of calendars, fetched from the server: once per version, which never changes.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const PATIENCE_MS = 9000;
  const axes = new Map();

  async function fetched(url) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(`calendar ${url}: ${answer.status}`);
    return window.chandlery.axis.create(await answer.json());
  }

  /**
   * The axis of a calendar; one that did not come is asked for again the next time.
   * @param {{name: string, version: string, url: string}} calendar
   * @returns {Promise<object>} of chandlery.axis.create
   */
  function axisOf({ name, version, url }) {
    const key = `${name}@${version}`;
    if (!axes.has(key)) {
      const coming = fetched(url);
      coming.catch(() => axes.delete(key));
      axes.set(key, coming);
    }
    return axes.get(key);
  }

  window.chandlery.calendars = { axisOf };
})();
