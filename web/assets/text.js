// How numbers, times and names of the API read.

// Controls, marks that turn the direction of text, and separators of lines: what is written with them reads as something else.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const hexOf = (character, digits) => character.charCodeAt(0).toString(16).padStart(digits, '0');

/** The text with what cannot be seen written as \xNN or \u{N}, as the command line does. */
export const visible = (text) =>
  text.replace(UNPRINTABLE, (each) => (each < '\u0080' ? `\\x${hexOf(each, 2)}` : `\\u{${hexOf(each, 1)}}`));

/** JSON to read and to copy: what cannot be seen is escaped as JSON does it. */
export const jsonText = (value) =>
  JSON.stringify(value, null, 2).replace(UNPRINTABLE, (each) => (each === '\n' ? each : `\\u${hexOf(each, 4)}`));

/** Rounded half up, counted in micro-units so that binary fractions do not show. */
function rounded(value, decimals) {
  const unit = 10 ** (6 - decimals);
  const micro = Math.round(Math.abs(value) * 1e6);
  return (Math.sign(value) * Math.floor((micro + unit / 2) / unit)) / 10 ** decimals;
}

/** Points with at most two decimals. */
export const points = (value) => (typeof value === 'number' ? String(rounded(value, 2)) : '–');

export function signedPoints(value) {
  if (typeof value !== 'number') return '–';
  return value < 0 ? `−${points(-value)}` : `+${points(value)}`;
}

/** A ratio as percent with one decimal; a dash where there is none. */
export const percent = (ratio) =>
  typeof ratio === 'number' ? `${rounded(ratio * 100, 1).toFixed(1)} %` : '–';

/** "812.15 (52.3 %)". */
export const scoreText = (value, max) =>
  typeof value === 'number' && max > 0 ? `${points(value)} (${percent(value / max)})` : points(value);

const two = (number) => String(number).padStart(2, '0');

export function localDate(iso) {
  const at = new Date(iso);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function localClock(iso) {
  const at = new Date(iso);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export const localTime = (iso) => `${localDate(iso)} ${localClock(iso)}`;

export const utcTime = (iso) => `${String(iso).replace('T', ' ').replace(/(\.\d+)?Z$/, '')} UTC`;

/** Whose times the page shows. */
export const zoneText = (zone) =>
  /^(Etc\/)?(UTC|UCT|GMT|Universal|Zulu)$/.test(zone) ? 'Times are UTC.' : `Times are those of ${zone}; pointing at one shows UTC.`;

/** "14 s", "3 min 20 s", "5 h 02 min", "4 d 3 h". */
export function ageText(seconds) {
  if (typeof seconds !== 'number' || Number.isNaN(seconds)) return '–';
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  if (whole < 60) return `${whole} s`;
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`;
  if (hours < 48) return `${hours} h ${two(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "every 15 min". */
export function intervalText(seconds) {
  if (seconds % 3600 === 0) return `every ${seconds / 3600} h`;
  if (seconds % 60 === 0) return `every ${seconds / 60} min`;
  return `every ${seconds} s`;
}

const LONGEST_VALUE = 80;

/** A value of a setting on one line. */
export function valueText(value) {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'object' && !Array.isArray(value) && 'displayName' in value && typeof value.state === 'string') {
    return `present, ${value.state}`;
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}…`;
}

/** "require-mfa" and "not_yet" without their joints. */
export const words = (name) => String(name).replaceAll('_', ' ');

export const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;
