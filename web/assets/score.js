// The figures at the top: compliance score, its technical part, Microsoft's Secure Score.

import { age, el, time } from './dom.js';
import { percent, plural, points, words } from './text.js';

/** Achieved, unknown and missed points as one bar. */
function bar(sums) {
  const part = (kind, value) => {
    const element = el('span', { class: kind });
    element.style.width = `${(100 * value) / sums.max_points}%`;
    return element;
  };
  const text = `${points(sums.points)} points achieved, ${points(sums.unknown_max_points)} unknown, of ${points(sums.max_points)}`;
  return el(
    'div',
    { class: 'bar', role: 'img', 'aria-label': text, title: text },
    part('achieved', sums.points),
    part('unknown', sums.unknown_max_points),
  );
}

const fact = (name, value, more) =>
  el('div', {}, el('dt', {}, name), el('dd', {}, el('strong', {}, value), more ? ` ${more}` : null));

function coverage(sums) {
  if (sums.unknown_max_points === 0) return fact('Coverage', percent(sums.coverage), 'nothing is unknown');
  return fact(
    'Coverage',
    percent(sums.coverage),
    `${points(sums.unknown_max_points)} points are unknown: what they depend on could not be read. ` +
      'They count as not achieved above, and not at all in what is known.',
  );
}

function known(sums) {
  return fact(
    'Of what is known',
    percent(sums.ratio_known),
    `${points(sums.points)} of ${points(sums.max_points - sums.unknown_max_points)} points`,
  );
}

const figure = (ratio, value, max) => [
  el('p', { class: 'big' }, percent(ratio)),
  el('p', { class: 'points' }, `${points(value)} of ${points(max)} points`),
];

const part = (sums) => `${points(sums.points)} of ${points(sums.max_points)} points`;

function compliance(sums) {
  return el(
    'section',
    { class: 'panel main', 'aria-labelledby': 'compliance-title', id: 'compliance' },
    el('h2', { id: 'compliance-title' }, 'Compliance score'),
    el(
      'div',
      { class: 'beside' },
      el('div', {}, figure(sums.ratio, sums.points, sums.max_points), bar(sums)),
      el(
        'dl',
        {},
        known(sums),
        coverage(sums),
        fact('Managed by you', part(sums.customer)),
        fact('Managed by Microsoft', part(sums.microsoft), '(as Microsoft states it)'),
      ),
    ),
  );
}

function technical(sums) {
  return el(
    'section',
    { class: 'panel', 'aria-labelledby': 'technical-title', id: 'technical' },
    el('h2', { id: 'technical-title' }, 'Technical part'),
    figure(sums.ratio, sums.points, sums.max_points),
    bar(sums),
    el('dl', {}, known(sums), coverage(sums)),
  );
}

function secureScore(figures) {
  const content = figures
    ? [
        figure(figures.ratio, figures.points, figures.max_points),
        el(
          'p',
          { class: 'muted' },
          'Microsoft’s own figures: snapshot of ',
          time(figures.snapshot_date),
          ', ',
          age(figures.age_seconds),
          ' old',
        ),
      ]
    : [el('p', {}, 'No snapshot of Microsoft’s figures has been read yet.')];
  return el(
    'section',
    { class: 'panel', 'aria-labelledby': 'secure-title', id: 'secure' },
    el('h2', { id: 'secure-title' }, 'Microsoft Secure Score'),
    content,
  );
}

function noScore(sources) {
  const missing = sources.filter((source) => source.setting && source.last_success === null);
  return el(
    'section',
    { class: 'panel main', 'aria-labelledby': 'compliance-title', id: 'compliance' },
    el('h2', { id: 'compliance-title' }, 'Compliance score'),
    el('p', { class: 'big none' }, 'No score yet'),
    el(
      'p',
      {},
      'There is a score once every source has been read completely for the first time',
      missing.length === 0
        ? '.'
        : `; ${plural(missing.length, 'setting is', 'settings are')} still to be read: ${missing.map((source) => words(source.source)).join(', ')}.`,
    ),
  );
}

/** What stands in place of the score, and whether that is a score. */
export function renderScore(score, sources) {
  if (!score.ready) return [noScore(sources), secureScore(score.secure_score)];
  return [compliance(score.compliance), technical(score.measured), secureScore(score.secure_score)];
}
