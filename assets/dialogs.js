/** Dialogs that the browser itself provides: it keeps the focus in them, closes them on Escape and gives the focus back. */
(function () {
  'use strict';

  document.addEventListener('click', (event) => {
    const { target } = event;
    const opener = target.closest('[data-dialog]');
    if (opener) document.querySelector(`dialog[data-name="${opener.dataset.dialog}"]`).showModal();
    else if (target.closest('[data-shuts]') || target.matches('dialog[data-name]')) target.closest('dialog').close(); // the backdrop is the dialog itself
  });
})();
