// The form for a token. The token goes to the daemon once and comes back as a cookie that no script can read.

import { beginSession } from './api.js';
import { el } from './dom.js';
import { visible } from './text.js';

function form(reason, onDone) {
  const problem = el('p', { class: 'bad', role: 'alert', id: 'login-problem' }, reason);
  const token = el('input', {
    id: 'token',
    type: 'password',
    name: 'token',
    autocomplete: 'current-password',
    required: true,
    spellcheck: 'false',
    'aria-describedby': 'login-problem login-hint',
  });
  const button = el('button', { type: 'submit' }, 'Show the figures');
  const element = el(
    'form',
    {},
    el('h2', { id: 'login-title' }, 'A token is needed'),
    problem,
    el('label', { for: 'token' }, 'Token'),
    token,
    button,
    el(
      'p',
      { id: 'login-hint', class: 'muted' },
      'A person who runs this daemon makes one with ',
      el('code', {}, 'assayd token create NAME --role reader'),
      '. It is exchanged for a session that ends after half an hour without use, at the latest after twelve hours.',
    ),
  );
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    problem.textContent = '';
    try {
      await beginSession(token.value.trim());
      onDone();
    } catch (error) {
      problem.textContent = error.status === 401 ? 'This token is not known here, or it has expired.' : visible(error.message);
      token.select();
    }
    button.disabled = false;
  });
  return element;
}

/** Shows the form until a token was taken; `reason` says why it is there again. */
export function askForToken(reason, onDone) {
  const place = document.getElementById('login');
  if (!place.hidden && place.firstElementChild) return;
  place.replaceChildren(
    form(reason, () => {
      place.replaceChildren();
      place.hidden = true;
      onDone();
    }),
  );
  place.hidden = false;
  place.querySelector('input').focus();
}
