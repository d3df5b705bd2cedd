// The trend in words, for those who cannot or will not read a line: one row a day.

import { el, time } from './dom.js';
import { localDate, percent, points } from './text.js';

/** The last sample of each day of the reader, the newest day first. */
function daysOf(series) {
  const days = new Map();
  for (const sample of series) days.set(localDate(sample.time), sample);
  return [...days.values()].reverse();
}

function row(sample, isKnown) {
  const cells = isKnown(sample)
    ? [percent(sample.ratio), `${points(sample.points)} of ${points(sample.max_points)}`, points(sample.unknown_max_points)]
    : ['unknown', 'unknown', 'all'];
  return el('tr', {}, el('th', { scope: 'row' }, time(sample.time, localDate)), cells.map((cell) => el('td', {}, cell)));
}

export function trendTable(series, isKnown) {
  const heads = ['Day', 'Score', 'Points', 'Unknown points'];
  return el(
    'details',
    { 'data-key': 'trend-table' },
    el('summary', {}, 'As a table'),
    el(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Trend as a table' },
      el(
        'table',
        {},
        el('thead', {}, el('tr', {}, heads.map((head) => el('th', { scope: 'col' }, head)))),
        el('tbody', {}, daysOf(series).map((sample) => row(sample, isKnown))),
      ),
    ),
  );
}
