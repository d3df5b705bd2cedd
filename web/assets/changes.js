// What changed the score: when, who, from what to what, and what it cost or earned.

import { badge, el, time } from './dom.js';
import { plural, points, scoreText, signedPoints, valueText, words } from './text.js';

const REASONS = {
  first_read: 'read for the first time',
  no_audit_source: 'actor unknown: no audit log is read for this setting',
  not_permitted: 'actor unknown: the audit log may not be read',
  not_yet: 'actor not known yet: the audit record has not arrived',
  unmatched: 'actor unknown: no audit record fits',
};

const CAUSES = {
  configuration: 'A setting was changed',
  user_or_device: 'Users or devices changed',
  manual: 'A person recorded it',
  expiry: 'What was known ran out',
  catalogue: 'The catalogue changed',
};

const EDITS_SHOWN = 2;
const ACTIONS_SHOWN = 4;

const nameOf = (actor) => actor.name ?? actor.id ?? 'somebody';

/** The actor, those it may have been, or why nobody is named. */
export function actor(edit) {
  if (!edit) return null;
  if (edit.actor) {
    return el('span', { class: 'actor', title: edit.actor.activity ?? null }, nameOf(edit.actor));
  }
  if (edit.candidates?.length) {
    return el('span', { class: 'actor' }, `one of ${edit.candidates.map(nameOf).join(', ')}`);
  }
  const reason = edit.actor_reason;
  return el('span', { class: 'actor muted' }, REASONS[reason] ?? `actor unknown: ${words(reason ?? 'no reason given')}`);
}

function edited(change) {
  const member = change.pointer.slice(change.pointer.lastIndexOf('/') + 1).replaceAll('~1', '/').replaceAll('~0', '~');
  // An element that came or went is named by its name; its pointer ends with an identifier.
  const whole = change.name && !change.pointer.slice(1).includes('/');
  return el(
    'li',
    { title: change.pointer },
    change.name ? el('span', { class: 'name' }, `“${change.name}” `) : null,
    whole ? null : el('code', {}, member),
    whole ? '' : ' ',
    el('span', { class: 'value', title: fullText(change.before) }, valueText(change.before)),
    ' → ',
    el('span', { class: 'value', title: fullText(change.after) }, valueText(change.after)),
  );
}

const fullText = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

/** Setting before → after; when the service noted it is left out, it changes with everything. */
export function edits(edit, key) {
  const all = (edit?.changes ?? []).filter((change) => !change.pointer.endsWith('DateTime'));
  if (all.length === 0) return null;
  return shortened(all, { most: EDITS_SHOWN, key, kind: 'edits', one: 'more place', many: 'more places', render: edited });
}

const orUnknown = (value) => (typeof value === 'number' ? points(value) : 'unknown');

function named(action, titles) {
  const figures =
    'points_after' in action
      ? `${orUnknown(action.points_before)} → ${orUnknown(action.points_after)} of ${points(action.max_points)}`
      : `−${points(action.points_lost)}`;
  return el(
    'li',
    { title: action.id },
    titles.get(action.id) ?? action.id,
    action.group ? ` (${action.group})` : null,
    el('span', { class: 'muted' }, ` ${figures}`),
  );
}

/** A list whose first items are seen at once and whose others are asked for. */
function shortened(all, { most, key, kind, one, many, render }) {
  const list = (items) => el('ul', { class: kind }, items.map(render));
  if (all.length <= most + 1) return list(all);
  const rest = all.slice(most);
  return [
    list(all.slice(0, most)),
    el('details', { 'data-key': `${kind}-${key}` }, el('summary', {}, plural(rest.length, one, many)), list(rest)),
  ];
}

/** The improvement actions that it is about, with their points. */
export function actionNames(actions, titles, key) {
  return shortened(actions, {
    most: ACTIONS_SHOWN,
    key,
    kind: 'actions',
    one: 'more action',
    many: 'more actions',
    render: (action) => named(action, titles),
  });
}

export function gainOrLoss(value) {
  if (value === 0) return badge('', '±', `${points(0)} points`);
  return value > 0
    ? badge('good', '▲', `${signedPoints(value)} points`)
    : badge('bad', '▼', `${signedPoints(value)} points`);
}

/** What was only learnt or lost sight of was neither earned nor lost. */
function effect(change) {
  const all = (member) => change.actions.length > 0 && change.actions.every((action) => action[member] === null);
  if (all('points_before')) return badge('', '○', `${signedPoints(change.points)} points, now known`);
  if (all('points_after')) return badge('warn', '?', `${signedPoints(change.points)} points, no longer known`);
  return gainOrLoss(change.points);
}

function row(change, titles, isNew) {
  const live = change.origin === 'live' || change.origin === 'manual';
  return el(
    'li',
    { class: isNew ? 'change new' : 'change', 'data-change': change.position },
    el(
      'div',
      { class: 'line' },
      effect(change),
      time(change.time),
      actor(change.edit) ?? el('span', {}, CAUSES[change.cause] ?? words(change.cause)),
      live ? null : el('span', { class: 'badge', title: 'Not seen live: history that was brought in' }, words(change.origin)),
    ),
    el('div', { class: 'what' }, change.setting ? el('span', { class: 'muted' }, change.setting) : null, edits(change.edit, change.position)),
    actionNames(change.actions, titles, change.position),
    el(
      'div',
      { class: 'score-change' },
      'Score ',
      scoreText(change.points_before, change.max_points_before),
      ' → ',
      el('strong', {}, scoreText(change.points_after, change.max_points_after)),
    ),
  );
}

/** The newest first. Those after position `seen` are marked as new. */
export function renderChanges(history, titles, seen) {
  if (history.changes.length === 0) return el('p', {}, 'Nothing has changed the score in these 90 days.');
  return [
    el('ol', { class: 'changes' }, history.changes.map((change) => row(change, titles, seen !== null && change.position > seen))),
    history.changes_left_out > 0
      ? el('p', { class: 'muted' }, `${plural(history.changes_left_out, 'older change is', 'older changes are')} in the history of the API.`)
      : '',
  ];
}
