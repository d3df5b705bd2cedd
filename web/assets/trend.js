// The score of 90 days as a stepped line. What was unknown is a gap or a shaded band above the line,
// never a zero: the truth lies within the band.

import { el, svg, time } from './dom.js';
import { localClock, localDate, percent, points } from './text.js';
import { trendTable } from './trend_table.js';

const HEIGHT = 220;
const MARGIN = { top: 12, right: 12, bottom: 26, left: 48 };
const DAY_MS = 86_400_000;
const NOW_SHARE = 0.015;
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25];

/** A sample in which something was known. */
const isKnown = (sample) => sample.ratio !== null && sample.unknown_max_points < sample.max_points;

const highest = (sample) => Math.min(1, sample.ratio + sample.unknown_max_points / sample.max_points);

/** The part of the scale that is used, with at most six lines. */
function scaleOf(samples) {
  const low = Math.min(...samples.map((sample) => sample.ratio));
  const high = Math.max(...samples.map(highest));
  const step = STEPS.find((each) => (high - low) / each <= 5) ?? 0.25;
  const from = Math.max(0, Math.floor((low - step / 4) / step) * step);
  const to = Math.min(1, Math.max(Math.ceil((high + step / 4) / step), Math.round(from / step) + 2) * step);
  const lines = [];
  for (let at = from; at <= to + 1e-9; at += step) lines.push(at);
  return { from, to, lines };
}

/** Runs of samples without a gap between them. */
function runsOf(series) {
  const runs = [];
  let run = null;
  series.forEach((sample, index) => {
    if (!isKnown(sample)) {
      run = null;
      return;
    }
    if (!run) runs.push((run = []));
    run.push(index);
  });
  return runs;
}

function plotOf(series, width) {
  const known = series.filter(isKnown);
  const scale = scaleOf(known);
  const first = Date.parse(series[0].time);
  const newest = Date.parse(series.at(-1).time);
  // A little room after the newest sample, in which a change of this minute can be seen.
  const last = newest + (newest - first) * NOW_SHARE;
  const inner = { width: width - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const x = (at) => MARGIN.left + (inner.width * (at - first)) / (last - first || 1);
  const y = (ratio) => MARGIN.top + inner.height * (1 - (ratio - scale.from) / (scale.to - scale.from || 1));
  return { scale, first, last, inner, width, x, y };
}

/** A value holds until the next sample. */
function stepped(plot, series, run, value) {
  let path = '';
  run.forEach((index, order) => {
    const left = plot.x(Date.parse(series[index].time)).toFixed(1);
    const next = series[index + 1];
    const right = plot.x(next ? Date.parse(next.time) : plot.last).toFixed(1);
    const level = plot.y(value(series[index])).toFixed(1);
    path += `${order === 0 ? 'M' : 'L'}${left} ${level}L${right} ${level}`;
  });
  return path;
}

function band(plot, series, run) {
  if (!run.some((index) => series[index].unknown_max_points > 0)) return null;
  const top = stepped(plot, series, run, highest);
  const bottom = stepped(plot, series, run, (sample) => sample.ratio).slice(1).split('L').reverse().join('L');
  return svg('path', { class: 'unknown', d: `${top}L${bottom}Z` });
}

/** "Sep 24", at whole days of the reader. */
function dayTicks(plot) {
  const count = Math.max(2, Math.min(7, Math.floor(plot.inner.width / 80)));
  const every = Math.max(1, Math.ceil((plot.last - plot.first) / DAY_MS / count));
  const ticks = [];
  const day = new Date(plot.first);
  day.setHours(24, 0, 0, 0);
  for (; day.getTime() < plot.last; day.setDate(day.getDate() + every)) ticks.push(day.getTime());
  return ticks;
}

const dayText = (at) => new Date(at).toLocaleDateString('en', { month: 'short', day: 'numeric' });

function axes(plot) {
  const right = plot.width - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  return [
    plot.scale.lines.map((at) => [
      svg('line', { class: 'grid', x1: MARGIN.left, x2: right, y1: plot.y(at), y2: plot.y(at) }),
      svg('text', { class: 'tick', x: MARGIN.left - 6, y: plot.y(at) + 4, 'text-anchor': 'end' }, `${Math.round(at * 100)} %`),
    ]),
    svg('line', { class: 'axis', x1: MARGIN.left, x2: right, y1: bottom, y2: bottom }),
    dayTicks(plot).map((at) => [
      svg('line', { class: 'axis', x1: plot.x(at), x2: plot.x(at), y1: bottom, y2: bottom + 4 }),
      svg('text', { class: 'tick', x: plot.x(at), y: bottom + 18, 'text-anchor': 'middle' }, dayText(at)),
    ]),
  ];
}

/** What one sample says, as a sentence. */
function sentence(sample) {
  const when = `${localDate(sample.time)} ${localClock(sample.time).slice(0, 5)}`;
  if (!isKnown(sample)) return `${when}: unknown`;
  const unknown = sample.unknown_max_points > 0 ? `; ${points(sample.unknown_max_points)} points unknown` : '';
  return `${when}: ${percent(sample.ratio)}, ${points(sample.points)} of ${points(sample.max_points)} points${unknown}`;
}

/** A change that neither found out nor lost sight of anything: what it says was the score. */
const isSettled = (change) => change.actions.every((action) => action.points_before !== null && action.points_after !== null);

/** The ratios at the samples and around the changes between them: a high or low of an hour lies between two samples. */
function ratiosOf({ series, changes }) {
  const unread = series.findLast((sample) => sample.ratio === null);
  const since = unread ? Date.parse(unread.time) : -Infinity;
  const between = changes.filter((change) => isSettled(change) && Date.parse(change.time) > since);
  return [
    ...series.filter(isKnown),
    ...between.map((change) => ({ time: change.time, ratio: change.points_after / change.max_points_after })),
    ...between.map((change) => ({ time: change.time, ratio: change.points_before / change.max_points_before })),
  ];
}

function summary(history) {
  const { series } = history;
  const known = series.filter(isKnown);
  const ratios = ratiosOf(history);
  const low = ratios.reduce((a, b) => (b.ratio < a.ratio ? b : a));
  const high = ratios.reduce((a, b) => (b.ratio > a.ratio ? b : a));
  const gaps = series.length - known.length;
  return el(
    'p',
    { class: 'muted', id: 'trend-summary' },
    `From ${percent(known[0].ratio)} to ${percent(known.at(-1).ratio)}; `,
    // Of a change that is not told here nobody knows how far it went.
    history.changes_left_out > 0 ? 'of what is shown on this page ' : null,
    `lowest ${percent(low.ratio)} on `,
    time(low.time, localDate),
    `, highest ${percent(high.ratio)} on `,
    time(high.time, localDate),
    gaps > 0 ? '; a gap in the line is time in which the score was unknown' : null,
    known.some((sample) => sample.unknown_max_points > 0) ? '; the shaded band is what was unknown' : null,
    '.',
  );
}

// How far from the newest sample the reader stands; it outlives a chart that is drawn anew.
let fromEnd = 0;

/** The chart, moved through with pointer or arrow keys; the sample that is pointed at is spelled out. */
class Chart {
  constructor(series) {
    this.series = series;
    this.at = series.length - 1 - fromEnd;
    this.reading = el('p', { class: 'reading' });
    this.frame = el('div', {
      class: 'chart',
      'data-key': 'trend-chart',
      tabindex: '0',
      role: 'slider',
      'aria-label': 'Compliance score through 90 days',
      'aria-describedby': 'trend-summary',
      'aria-valuemin': 0,
      'aria-valuemax': series.length - 1,
    });
    this.frame.addEventListener('pointermove', (event) => this.point(event));
    this.frame.addEventListener('pointerdown', (event) => this.point(event));
    this.frame.addEventListener('pointerleave', () => this.select(series.length - 1));
    this.frame.addEventListener('keydown', (event) => this.key(event));
    this.select(this.at);
    new ResizeObserver(([entry]) => this.draw(entry.contentRect.width)).observe(this.frame);
  }

  draw(width) {
    if (width < 100) return;
    const { series } = this;
    this.plot = plotOf(series, width);
    this.cross = svg('line', { class: 'cross', y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom });
    this.dot = svg('circle', { class: 'dot', r: 4 });
    const runs = runsOf(series);
    this.frame.replaceChildren(
      svg(
        'svg',
        { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, 'aria-hidden': 'true', focusable: 'false' },
        axes(this.plot),
        runs.map((run) => band(this.plot, series, run)),
        runs.map((run) => svg('path', { class: 'line', d: stepped(this.plot, series, run, (sample) => sample.ratio) })),
        this.cross,
        this.dot,
      ),
    );
    this.select(this.at);
  }

  select(index) {
    this.at = Math.max(0, Math.min(this.series.length - 1, index));
    fromEnd = this.series.length - 1 - this.at;
    const sample = this.series[this.at];
    const text = sentence(sample);
    this.reading.textContent = text;
    this.frame.setAttribute('aria-valuenow', this.at);
    this.frame.setAttribute('aria-valuetext', text);
    if (!this.plot) return;
    const x = this.plot.x(Date.parse(sample.time));
    this.cross.setAttribute('x1', x);
    this.cross.setAttribute('x2', x);
    this.dot.setAttribute('cx', x);
    this.dot.setAttribute('cy', isKnown(sample) ? this.plot.y(sample.ratio) : -10);
  }

  point(event) {
    if (!this.plot) return;
    const x = event.clientX - this.frame.getBoundingClientRect().left;
    const distance = (sample) => Math.abs(this.plot.x(Date.parse(sample.time)) - x);
    this.select(this.series.reduce((best, sample, index) => (distance(sample) < distance(this.series[best]) ? index : best), 0));
  }

  key(event) {
    const last = this.series.length - 1;
    const moves = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -14, PageUp: 14, Home: -last, End: last };
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.select(this.at + moves[event.key]);
  }
}

export function renderTrend(history) {
  const { series } = history;
  if (!series.some(isKnown)) return el('p', {}, 'Nothing is known of these 90 days yet.');
  const chart = new Chart(series);
  return [chart.reading, chart.frame, summary(history), trendTable(series, isKnown)];
}
