// Elements from values. Text from outside only ever becomes text: nothing here parses markup, and
// nothing in it turns or hides what stands beside it.

import { localTime, utcTime, ageText, visible } from './text.js';

const SVG = 'http://www.w3.org/2000/svg';
const READ_ALOUD = ['title', 'aria-label'];

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    const text = value === true ? '' : String(value);
    element.setAttribute(name, READ_ALOUD.includes(name) ? visible(text) : text);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(visible(String(child))));
  }
  return element;
}

/** An HTML element. Children are nodes or texts; null and false leave a child or attribute out. */
export const el = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children);

/** The same in SVG. */
export const svg = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

/** Lines as they are; each of them is text from outside. */
export const lines = (text) => text.split('\n').map((line, index) => [index > 0 ? document.createTextNode('\n') : null, line]);

/** A time of the API: local, with UTC in its title. */
export function time(iso, show = localTime) {
  if (!iso) return '–';
  return el('time', { datetime: iso, title: utcTime(iso) }, show(iso));
}

/** An age in seconds that goes on by itself; `ticking` counts it on. */
export function age(seconds) {
  const element = el('span', { class: 'age' }, ageText(seconds));
  element.dataset.ageSeconds = seconds;
  element.dataset.ageSince = performance.now();
  return element;
}

/** Counts every age of the page on. */
export function tickAges() {
  for (const element of document.querySelectorAll('[data-age-seconds]')) {
    const passed = (performance.now() - Number(element.dataset.ageSince)) / 1000;
    const text = ageText(Number(element.dataset.ageSeconds) + passed);
    if (element.textContent !== text) element.textContent = text;
  }
}

/** A small word in a colour and, since colour alone says nothing to some, with a sign before it. */
export const badge = (kind, sign, ...children) =>
  el('span', { class: `badge ${kind}` }, el('span', { 'aria-hidden': 'true' }, `${sign} `), ...children);

/**
 * Puts new content where it differs from what is shown: selections, focus and scroll positions stay
 * while nothing happens. `facts` is what the content depends on, ages left out.
 */
export function show(id, facts, render) {
  const place = document.getElementById(id);
  const text = JSON.stringify(facts);
  if (place.shownFacts === text) return false;
  const open = new Set([...place.querySelectorAll('details[open][data-key]')].map((each) => each.dataset.key));
  const focused = place.contains(document.activeElement) && document.activeElement.closest('[data-key]')?.dataset.key;
  place.replaceChildren(...[render()].flat(Infinity));
  for (const each of place.querySelectorAll('[data-key]')) {
    if (each.matches('details')) each.open = open.has(each.dataset.key);
    if (each.dataset.key === focused) (each.querySelector('summary') ?? each).focus({ preventScroll: true });
  }
  place.shownFacts = text;
  return true;
}
