// Signals that were refused for good: the daemon keeps them apart, so that somebody looks.

import { el, time } from './dom.js';
import { plural } from './text.js';

const SHOWN = 5;

const row = (entry) => el('li', {}, time(entry.received), ' ', el('span', { class: 'name' }, entry.reason));

/** From the API's list, which has the oldest first. */
export function renderQuarantine(entries) {
  const newest = entries.slice(-SHOWN).reverse();
  const older = entries.length - newest.length;
  return [
    el('p', {}, `${plural(entries.length, 'signal', 'signals')} of the last seven days, of any tenant.`),
    el('ol', { class: 'refused' }, newest.map(row)),
    older > 0 ? el('p', { class: 'muted' }, `${plural(older, 'older one', 'older ones')}: `, el('code', {}, 'assayd quarantine')) : '',
  ];
}
