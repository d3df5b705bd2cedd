// What is read, how long ago, and what keeps it from being read.

import { age, badge, el } from './dom.js';
import { intervalText, words } from './text.js';

const STATUS = {
  fresh: ['good', '✓'],
  stale: ['warn', '!'],
  failing: ['bad', '✗'],
  never: ['', '…'],
};

const REASONS = {
  throttled: 'the service asks for patience',
  unauthorized: 'the credential is refused',
  forbidden: 'the permission is missing',
  not_found: 'there is no such thing in this tenant',
  timeout: 'no answer in time',
  malformed: 'the answer cannot be understood',
  incomplete: 'the answer was not complete',
  schema: 'the answer has another shape than documented',
  tls: 'the connection is not trustworthy',
  dns: 'the name of the service is not found',
  refused: 'the service does not take the connection',
  stale: 'the answer was older than what is known',
};

function failure(source) {
  const failed = source.failure;
  if (!failed) return null;
  const permission = failed.missing_permission;
  return el(
    'p',
    { class: 'failure' },
    el('strong', {}, words(failed.reason)),
    REASONS[failed.reason] ? `: ${REASONS[failed.reason]}` : null,
    failed.status ? ` (${[failed.status, failed.code].filter(Boolean).join(' ')})` : null,
    permission ? [el('br'), 'Missing permission: ', el('code', {}, permission)] : null,
    failed.detail ? [el('br'), el('span', { class: 'muted' }, failed.detail)] : null,
  );
}

function row(source) {
  const [kind, sign] = STATUS[source.status] ?? ['', '?'];
  return el(
    'li',
    { class: 'source', 'data-source': source.source, 'data-status': source.status },
    el('span', { class: 'name' }, source.source),
    badge(kind, sign, words(source.status)),
    el(
      'span',
      { class: 'read', title: `needs ${source.permission}` },
      source.age_seconds === null ? 'not read yet' : [age(source.age_seconds), ' ago'],
      el('span', { class: 'muted' }, `, ${intervalText(source.interval_seconds)}: ${source.setting ?? 'audit records'}`),
    ),
    failure(source),
  );
}

/** Those that need somebody come first. */
const urgency = (source) => ['failing', 'stale', 'never'].indexOf(source.status) >>> 0;

export function renderSources(sources) {
  if (sources.length === 0) return el('p', {}, 'No source is configured for this tenant.');
  const sorted = [...sources].sort((a, b) => urgency(a) - urgency(b) || a.source.localeCompare(b.source));
  return el('ul', { class: 'sources' }, sorted.map(row));
}
