/**
 * A video that a person adds by hand: what is missing of it, and the instant that is meant by a day and a time in New York,
 * whose clocks the timeline shows.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const WALL = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/;
  const HOUR_MS = 3600000;
  const HOURS_BEHIND = [4, 5]; // in summer, in winter
  const FORM = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  const clock = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', ...FORM });

  /** "2024-03-01T14:30" of an instant. */
  function inNewYork(ms) {
    const { year, month, day, hour, minute } = Object.fromEntries(clock.formatToParts(ms).map((part) => [part.type, part.value]));
    return `${year}-${month}-${day}T${hour}:${minute}`;
  }

  /**
   * The instant of a day and a time in New York; the earlier one of an hour that comes twice, an hour later for one that is
   * left out. @param {string} day "2024-03-01" @param {string} time "14:30" @returns {string} ISO, "" for none
   */
  function instantOf(day, time) {
    const wall = `${day}T${time.slice(0, 5)}`;
    const there = WALL.test(wall) ? Date.parse(`${wall}:00Z`) : NaN;
    if (Number.isNaN(there) || !new Date(there).toISOString().startsWith(wall)) return ''; // no such day
    const meant = HOURS_BEHIND.map((hours) => there + hours * HOUR_MS);
    const found = meant.find((ms) => inNewYork(ms) === wall) || meant[1];
    return new Date(found).toISOString();
  }

  /** What is still to be given, by field. @param {{url: string, title: string, published_at: string}} video */
  function missing({ url, title, published_at: at }) {
    const wrong = {};
    if (!url.trim()) wrong.url = 'Give the link of the video, for example https://www.youtube.com/watch?v=dQw4w9WgXcQ.';
    if (!title.trim()) wrong.title = 'Give the video’s title, as it is on YouTube.';
    if (!at) wrong.published_at = 'Give the day and the time at which it was published.';
    return wrong;
  }

  window.chandlery.byHand = { instantOf, missing };
})();
