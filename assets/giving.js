/**
 * Giving the transcript of a video: a dialog to paste a text or choose a file. The bytes go to the server as they are,
 * because the content decides what it is. What was given stays until it was taken.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const MOST_BYTES = 16 * 1024 * 1024;
  const TOO_LARGE = 'This is larger than 16 MB. Give the transcript of one video, as text.';
  const NOTHING = 'Paste a transcript, or choose a file first.';
  const NO_ANSWER = 'The server did not answer. What you gave is still here: try again.';

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

  function parts() {
    const title = make('bdi');
    const head = make('h2', { id: 'give-title' }, 'Give a transcript');
    const text = named(make('textarea', { rows: 10, spellcheck: false }), 'give-text');
    const file = named(make('input', { type: 'file', accept: '.srt,.vtt,.txt,.json,.xml' }), 'give-file');
    const said = named(make('p', { className: 'give-said' }), 'give-said');
    said.setAttribute('role', 'alert');
    const send = named(make('button', { type: 'submit', className: 'main-button' }, 'Give it'), 'give-send');
    const cancel = named(make('button', { type: 'button', className: 'quiet-button' }, 'Cancel'), 'give-cancel');
    const form = make(
      'form',
      { method: 'dialog' },
      head,
      make('p', { className: 'give-video' }, title),
      make('label', {}, make('span', { className: 'field-name' }, 'Paste it'), text),
      make('label', {}, make('span', { className: 'field-name' }, 'Or choose a file: .srt, .vtt, .txt or .json'), file),
      said,
      make('div', { className: 'give-buttons' }, send, cancel),
    );
    const dialog = named(make('dialog', { className: 'give' }, form), 'give-dialog');
    dialog.setAttribute('aria-labelledby', head.id);
    return { dialog, form, title, text, file, said, send, cancel };
  }

  /** Send it. @returns {Promise<string>} what went wrong, "" when it was taken */
  async function put(channel, video, body) {
    let response;
    try {
      const address = `/track-record/${encodeURIComponent(channel)}/videos/${encodeURIComponent(video)}/transcript`;
      response = await fetch(address, { method: 'PUT', body, headers: { 'Content-Type': 'application/octet-stream' } });
    } catch {
      return NO_ANSWER;
    }
    if (response.ok) return '';
    const told = await response.json().catch(() => null);
    return (told && told.error && told.error.message) || NO_ANSWER;
  }

  /** @param {string} channel @param {HTMLElement} button of the video; the focus comes back to it */
  function open(channel, button) {
    const { dialog, form, title, text, file, said, send, cancel } = parts();
    title.textContent = button.dataset.title;
    const busy = (is) => {
      send.disabled = is;
      send.textContent = is ? 'Sending …' : 'Give it';
    };
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const { body, error } = content(file.files[0], text.value);
      busy(true);
      const wrong = error || (await put(channel, button.dataset.video, body));
      busy(false);
      said.textContent = wrong;
      if (wrong) return;
      dialog.close();
      window.chandlery.said.given();
    });
    cancel.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => {
      dialog.remove();
      const again = [...document.querySelectorAll('[data-said="give"]')];
      (again.find((each) => each.dataset.video === button.dataset.video) || button).focus();
    });
    document.body.append(dialog);
    dialog.showModal();
    text.focus();
  }

  Object.assign(window.chandlery.giving, { open });
})();
