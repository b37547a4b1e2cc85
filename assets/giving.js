/**
 * Giving the transcript of a video, or adding a video by hand together with it: a dialog to paste a text or choose a file.
 * The bytes go to the server as they are, because the content decides what it is. What was given stays until it was taken.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const MOST_BYTES = 16 * 1024 * 1024;
  const TOO_LARGE = 'This is larger than 16 MB. Give the transcript of one video, as text.';
  const NOTHING = 'Paste a transcript, or choose a file first.';
  const NO_ANSWER = 'The server did not answer. What you gave is still here: try again.';
  const FIRST_DAY = '2005-02-14'; // of YouTube

  /** What is to be sent: the file where there is one, else the text; or a sentence about why nothing is. */
  function content(file, text) {
    const given = file || (text.trim() && new Blob([text], { type: 'text/plain' }));
    if (!given) return { error: NOTHING };
    return given.size > MOST_BYTES ? { error: TOO_LARGE } : { body: given };
  }

  window.chandlery.giving = { content };
  if (typeof document === 'undefined') return;

  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  const named = (element, testid) => {
    element.dataset.testid = testid;
    return element;
  };

  const labelled = (words, input) => make('label', {}, make('span', { className: 'field-name' }, words), input);

  /** A place for what is wrong with some fields. @returns {{words: HTMLElement, say: function(string)}} */
  function complaint(testid, inputs) {
    const words = named(make('p', { className: 'give-said', id: testid }), testid);
    words.setAttribute('role', 'alert');
    inputs.forEach((input) => input.setAttribute('aria-describedby', testid));
    const say = (text) => {
      words.textContent = text;
      inputs.forEach((input) => input.setAttribute('aria-invalid', String(Boolean(text))));
      if (text) inputs[0].focus();
    };
    return { words, say };
  }

  /** The fields of a video that nobody has listed. */
  function videoFields() {
    const input = (testid, more) => named(make('input', { autocomplete: 'off', ...more }), testid);
    const url = input('video-url', { type: 'text', inputMode: 'url', spellcheck: false });
    const title = input('video-title', { type: 'text', maxLength: 200 });
    const day = input('video-day', { type: 'date', min: FIRST_DAY });
    const time = input('video-time', { type: 'time' });
    const wrong = {
      published_at: complaint('video-when-said', [day, time]),
      title: complaint('video-title-said', [title]),
      url: complaint('video-url-said', [url]),
    };
    const when = make('div', { className: 'give-when' }, labelled('Published on', day), labelled('at, New York time', time));
    const nodes = [
      make('div', { className: 'give-field' }, labelled('Link on YouTube', url), wrong.url.words),
      make('div', { className: 'give-field' }, labelled('Title', title), wrong.title.words),
      make('div', { className: 'give-field' }, when, wrong.published_at.words),
    ];
    const { instantOf } = window.chandlery.byHand;
    const values = () => ({ url: url.value, title: title.value, published_at: instantOf(day.value, time.value) });
    return { nodes, wrong, values, first: url };
  }

  /** @param {string} title of the video that is given a transcript; "" where a video is added */
  function parts(title) {
    const video = title ? null : videoFields();
    const head = make('h2', { id: 'give-title' }, title ? 'Give a transcript' : 'Add a video');
    const text = named(make('textarea', { rows: video ? 6 : 10, spellcheck: false }), 'give-text');
    const file = named(make('input', { type: 'file', accept: '.srt,.vtt,.txt,.json,.xml' }), 'give-file');
    const transcript = complaint('give-said', [text, file]);
    const words = title ? 'Give it' : 'Add it';
    const send = named(make('button', { type: 'submit', className: 'main-button' }, words), 'give-send');
    const cancel = named(make('button', { type: 'button', className: 'quiet-button' }, 'Cancel'), 'give-cancel');
    const form = make(
      'form',
      { method: 'dialog', noValidate: true }, // what is wrong is said beside its field
      head,
      ...(video ? video.nodes : [make('p', { className: 'give-video' }, make('bdi', {}, title))]),
      labelled(video ? 'Paste its transcript' : 'Paste it', text),
      labelled('Or choose a file: .srt, .vtt, .txt or .json', file),
      transcript.words,
      make('div', { className: 'give-buttons' }, send, cancel),
    );
    const dialog = named(make('dialog', { className: 'give' }, form), 'give-dialog');
    dialog.setAttribute('aria-labelledby', head.id);
    const wrong = { transcript, ...(video ? video.wrong : {}) };
    const busy = (is) => {
      send.disabled = is;
      send.textContent = is ? 'Sending …' : words;
    };
    return { dialog, form, video, text, file, wrong, busy, cancel };
  }

  /** Ask the server. @returns {Promise<{found: Object, wrong: Object<string, string>}>} its answer, or what is wrong by field */
  async function send(address, method, body, type) {
    let response;
    try {
      response = await fetch(address, { method, body, headers: { 'Content-Type': type } });
    } catch {
      return { wrong: { transcript: NO_ANSWER } };
    }
    const told = await response.json().catch(() => null);
    if (response.ok) return { found: told };
    const { message = NO_ANSWER, field } = (told && told.error) || {};
    return { wrong: { [field || 'transcript']: message } };
  }

  /** Add the video where it is to be added, then give its transcript. @returns {Promise<Object<string, string>>} what is wrong */
  async function give(channel, shown, id, kept) {
    const { body, error } = content(shown.file.files[0], shown.text.value);
    const values = shown.video ? shown.video.values() : null;
    const lacking = { ...(values ? window.chandlery.byHand.missing(values) : {}), ...(error ? { transcript: error } : {}) };
    if (Object.keys(lacking).length) return lacking;
    const videos = `/track-record/${encodeURIComponent(channel)}/videos`;
    let video = id;
    if (values) {
      const { found, wrong } = await send(videos, 'PUT', JSON.stringify(values), 'application/json');
      if (wrong) return wrong;
      video = found.id;
      kept();
    }
    const address = `${videos}/${encodeURIComponent(video)}/transcript`;
    const { wrong = {} } = await send(address, 'PUT', body, 'application/octet-stream');
    if (!Object.keys(wrong).length) kept();
    return wrong;
  }

  /**
   * @param {string} channel
   * @param {HTMLElement} button of the video, or one that adds a video; the focus comes back to it
   */
  function open(channel, button) {
    const { video: id, title = '' } = button.dataset;
    const shown = parts(title);
    const { dialog, form, wrong, busy } = shown;
    let isKept = false; // also of a video whose transcript was refused
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      busy(true);
      const said = await give(channel, shown, id, () => { isKept = true; });
      if (!dialog.isConnected) return isKept && window.chandlery.said.given(); // shut meanwhile; what was sent counts
      busy(false);
      const problems = Object.entries(said);
      // From the last field of the dialog to the first, so that the first that is wrong has the focus in the end.
      for (const [field, { say }] of Object.entries(wrong)) {
        const mine = problems.find(([name]) => name === field || (field === 'transcript' && !(name in wrong)));
        say(mine ? mine[1] : '');
      }
      if (!problems.length) dialog.close();
      return undefined;
    });
    shown.cancel.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (isKept) window.chandlery.said.given(id ? undefined : 'timeline');
      const again = [...document.querySelectorAll(id ? '[data-said="give"]' : '.said-tools [data-said="add"]')];
      const same = again.find((each) => each.dataset.video === id);
      (id || isKept ? same || button : button).focus();
    });
    document.body.append(dialog);
    dialog.showModal();
    (shown.video ? shown.video.first : shown.text).focus();
  }

  Object.assign(window.chandlery.giving, { open });
})();
