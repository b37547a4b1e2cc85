/**
 * A channel's videos by month, drawn from what the server tells of them (components/timeline.py). Titles, quotes and
 * whatever else others have written become text, never markup.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  /** An element with text or other elements in it. */
  function make(tag, className, ...children) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children);
    return element;
  }

  /** @param {Object<string, string>} data its data attributes, "testid" among them */
  function marked(element, data) {
    Object.assign(element.dataset, data);
    return element;
  }

  function button(className, words, data) {
    return marked(Object.assign(make('button', className, words), { type: 'button' }), data);
  }

  function titleOf({ title, url }) {
    const words = make('bdi', '', title || 'Without a title');
    if (!url) return words;
    return Object.assign(make('a', 'video-title', words), { href: url, target: '_blank', rel: 'noopener noreferrer' });
  }

  /** What opens the dialog in which a transcript is given. */
  function give({ id, title, lacks }) {
    const words = lacks ? 'Give a transcript' : 'Transcript …';
    const opens = button(`link-button ${lacks ? '' : 'quiet'}`, words, { said: 'give', testid: 'give-transcript' });
    marked(opens, { video: id, title: title || 'Without a title' });
    opens.setAttribute('aria-label', `Give a transcript of “${opens.dataset.title}”`);
    return opens;
  }

  /** A mention: its ticker leads to all that was said about it, the rest shows the words. */
  function chip([ticker, action, kind, sure, quote], channel) {
    const link = marked(make('a', 'chip-ticker', ticker), { drill: '1' });
    link.href = `/track-record/${encodeURIComponent(channel)}/${encodeURIComponent(ticker)}`;
    const shows = button('chip-action', action, { said: 'quote' });
    if (sure) shows.append(make('span', 'chip-sure', ` ${sure}`));
    shows.setAttribute('aria-expanded', 'false');
    shows.setAttribute('aria-label', [ticker, action, sure && `${sure} sure`, 'what was said'].filter(Boolean).join(', '));
    const words = quote ? make('q', '', make('bdi', '', quote)) : 'Its words were not kept.';
    return make('span', `chip ${kind}`, link, shows, make('span', 'chip-quote', words));
  }

  function article(video, channel) {
    const when = Object.assign(make('time', 'video-when', video.when), { dateTime: video.at });
    const head = make('div', 'video-head', titleOf(video));
    if (video.gone) head.append(make('span', 'tombstone', `Gone from YouTube since ${video.gone}`));
    if (video.by_hand) head.append(make('span', 'by-hand', 'Added by hand'));
    if (!video.lacks) head.append(give(video));
    const said = make('div', 'video-said', head);
    if (video.said) said.append(make('div', 'chips', ...video.said.map((mention) => chip(mention, channel))));
    const status = video.status ? [make('span', `video-status ${video.trouble ? 'trouble-words' : ''}`, video.status)] : [];
    const foot = video.lacks ? [...status, give(video)] : status;
    if (foot.length) said.append(make('div', 'video-foot', ...foot));
    return marked(make('article', 'said-video', when, said), { video: video.id, testid: 'timeline-video', month: video.month });
  }

  /** Videos under the names of their months; ``named`` is the month that is named already. */
  function drawn(videos, channel, named = '') {
    let month = named;
    return videos.flatMap((video) => {
      const heading = video.month === month ? [] : [make('h3', 'month', video.month)];
      month = video.month;
      return [...heading, article(video, channel)];
    });
  }

  /** What stands where there are no videos. */
  function instead({ trouble }) {
    if (!trouble) return [make('p', 'empty-words', 'There are no videos yet. They are listed when the channel is looked through.')];
    const words = make('p', '', trouble);
    words.setAttribute('role', 'alert');
    return [make('div', 'said-trouble', words, button('quiet-button', 'Try again', { said: 'again', view: 'timeline' }))];
  }

  function earlier({ videos, left }) {
    if (!left) return [];
    const words = `Show earlier videos (${window.chandlery.format.number(left, 0)} more)`;
    const last = videos[videos.length - 1];
    return [button('quiet-button', words, { said: 'earlier', before: last.id, testid: 'timeline-earlier' })];
  }

  /** The months to choose from; the chosen one stays. */
  function offer(select, months) {
    const chosen = select.value;
    select.replaceChildren(...months.map(([value, words]) => Object.assign(make('option', '', words), { value })));
    if (months.some(([value]) => value === chosen)) select.value = chosen;
  }

  /** Which of a video's buttons has the focus, null when none has. */
  function focused(list) {
    const button = document.activeElement;
    const video = button && list.contains(button) && button.dataset.said && button.closest('article');
    if (!video) return null;
    const alike = [...video.querySelectorAll(`[data-said="${button.dataset.said}"]`)];
    return { said: button.dataset.said, video: video.dataset.video, at: alike.indexOf(button) };
  }

  /** Whatever had the focus has it again, if it is still drawn. */
  function focusAgain(list, { said, video, at }) {
    const article = [...list.querySelectorAll('article')].find((each) => each.dataset.video === video);
    const same = article && article.querySelectorAll(`[data-said="${said}"]`)[at];
    if (same) same.focus({ preventScroll: true });
  }

  /** Draw what has come. @param {{id: string, before: string, videos: Object[], left: number, trouble: string}} message */
  function draw(message) {
    const list = document.querySelector('.timeline');
    if (!message || !list) return window.dash_clientside.no_update;
    const { videos, before, months, trouble } = message;
    const last = list.querySelector('.said-video:last-of-type');
    const more = document.querySelector('.timeline-more');
    if (before && trouble) more.replaceChildren(...instead(message));
    else if (!before) {
      const had = focused(list);
      list.replaceChildren(...(videos.length ? drawn(videos, message.id) : instead(message)));
      if (had) focusAgain(list, had);
    } else if (last && last.dataset.video === before) list.append(...drawn(videos, message.id, last.dataset.month));
    if (!(before && trouble)) more.replaceChildren(...earlier(message));
    if (months && !trouble) offer(document.querySelector('.said-month'), months);
    return Date.now();
  }

  if (typeof document === 'undefined') return;
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.timeline = { draw };
})();
