// Points that were there and are not.

import { tenantPath } from './api.js';
import { actionNames, actor, edits, gainOrLoss } from './changes.js';
import { age, el, lines, time } from './dom.js';
import { jsonText, plural, visible, words } from './text.js';

function putBack(revert, key) {
  if (!revert) return null;
  const text = revert.cmdlet ? visible(revert.cmdlet) : `${revert.method} ${visible(revert.path)}\n${jsonText(revert.body)}`;
  return el(
    'details',
    { 'data-key': `revert-${key}` },
    el('summary', {}, 'How to put it back'),
    el('pre', { tabindex: '0' }, lines(text)),
    el('p', { class: 'muted' }, 'assayd never does this itself.'),
  );
}

/** What came back after it had recovered is as old as its latest loss. */
const latest = (regression) => regression.reopened ?? regression.occurred;

function cameBack(regression) {
  if (!regression.flaps) return null;
  return el('p', {}, `came back ${plural(regression.flaps, 'time', 'times')} since `, time(regression.occurred));
}

function row(regression, tenant, titles, secondsAgo) {
  const action = regression.actions[0]?.id ?? '';
  const state = encodeURIComponent(regression.state);
  return el(
    'li',
    { class: 'regression', 'data-regression': regression.id },
    el('div', { class: 'line' }, gainOrLoss(-regression.points_lost), time(latest(regression))),
    el('p', { class: 'muted' }, 'for ', age(secondsAgo(latest(regression))), `, ${words(regression.cause)}`),
    cameBack(regression),
    actionNames(regression.actions, titles, `regression-${regression.id}`),
    edits(regression, `regression-${regression.id}`),
    el('p', {}, actor(regression)),
    putBack(regression.revert, regression.id),
    el(
      'p',
      { class: 'links' },
      el('a', { 'data-key': `api-${regression.id}`, href: tenantPath(tenant, `/regressions?state=${state}&action=${encodeURIComponent(action)}`) }, 'In the API'),
      el('a', { 'data-key': `why-${regression.id}`, href: tenantPath(tenant, `/actions/${encodeURIComponent(action)}/explain`) }, 'Why it is not credited'),
    ),
  );
}

export function renderRegressions(regressions, tenant, titles, secondsAgo) {
  if (regressions.items.length === 0) return el('p', {}, 'None: no points are lost to a change.');
  return el('ol', { class: 'regressions' }, regressions.items.map((each) => row(each, tenant, titles, secondsAgo)));
}
