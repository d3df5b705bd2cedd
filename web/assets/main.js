// The status page: asks for everything once, again whenever the stream tells of an event, and lets ages run.

import { endSession, get, getAll, tenantPath } from './api.js';
import { renderChanges } from './changes.js';
import { el, show, tickAges, time } from './dom.js';
import { Live } from './live.js';
import { askForToken } from './login.js';
import { renderQuarantine } from './quarantine.js';
import { renderRegressions } from './regressions.js';
import { renderScore } from './score.js';
import { renderSources } from './sources.js';
import { localClock, percent, points, signedPoints, visible, zoneText } from './text.js';
import { renderTrend } from './trend.js';

const GATHER_MS = 150; // events of one change come together
const PAUSE_MS = 600; // between two refreshes while events keep coming
const SOURCES_MS = 5_000; // a read that changed nothing is no event
const EVERYTHING_MS = 60_000;
const TENANTS_MS = 600_000;
const RETRY_MS = 3_000;
const HIDDEN_MS = 30_000; // after which a page that nobody sees lets go of its connection
const ADMINISTRATORS = ['administrator', 'portal-admin'];

const place = (id) => document.getElementById(id);
const page = { tenants: [], tenant: null, titles: new Map(), catalogue: null, seen: null, points: null, asOf: null, shown: null };

const live = new Live({
  onState: showState,
  onEvent: () => refreshSoon(),
  onOpen: () => refreshSoon(),
  onRefused: fail,
});

function showState(state, since) {
  const at = since.toISOString();
  const texts = {
    connecting: ['Connecting'],
    live: ['Live'],
    reconnecting: ['Reconnecting since ', time(at, localClock), page.asOf ? ['; figures of ', time(page.asOf, localClock)] : []],
    paused: ['Paused'],
  };
  place('live').dataset.state = state;
  place('live').replaceChildren(...texts[state].flat());
}

function tell(problem) {
  place('problem').hidden = !problem;
  const text = visible(problem ?? '');
  if (place('problem').textContent !== text) place('problem').textContent = text;
}

/** What cannot be had: a token is asked for, or it is said and tried again. */
function fail(error) {
  if (error.status === 401) {
    live.stop();
    place('figures').hidden = true;
    place('session').replaceChildren();
    place('live').textContent = 'Not logged in';
    place('live').dataset.state = 'paused';
    const reason = page.tenant ? 'The session has ended.' : '';
    page.tenant = null;
    tell(null);
    return askForToken(reason, begin);
  }
  tell(error.status === 0 ? 'The daemon does not answer. This page tries again by itself.' : error.message);
  if (error.status === 404 && page.tenant) page.tenant = null;
  return again();
}

function again() {
  clearTimeout(page.retry);
  page.retry = setTimeout(() => (page.tenant ? refreshSoon() : begin()), RETRY_MS);
}

// One refresh at a time; what happens meanwhile is looked at by the next.
const refreshing = { timer: null, running: false, again: false };

function refreshSoon(delay = GATHER_MS) {
  if (refreshing.running) {
    refreshing.again = true;
    return;
  }
  refreshing.timer ??= setTimeout(async () => {
    refreshing.timer = null;
    refreshing.running = true;
    refreshing.again = false;
    await refresh().catch(fail);
    refreshing.running = false;
    if (refreshing.again) refreshSoon(PAUSE_MS);
  }, delay);
}

async function refresh() {
  const { tenant } = page;
  if (!tenant) return;
  const [score, history, regressions, sources] = await Promise.all([
    get(tenantPath(tenant, '/score')),
    get(tenantPath(tenant, '/history?limit=30')),
    get(tenantPath(tenant, '/regressions?state=open')),
    get(tenantPath(tenant, '/sources')),
  ]);
  if (score.catalogue_version !== page.catalogue) {
    page.titles = new Map((await getAll(tenantPath(tenant, '/actions'))).map((action) => [action.id, action.title]));
    page.catalogue = score.catalogue_version;
  }
  if (tenant !== page.tenant) return;
  clearTimeout(page.retry);
  tell(null);
  showFigures({ score, history, regressions, sources: sources.items });
}

const withoutAges = (value) => JSON.parse(JSON.stringify(value, (key, each) => (key === 'age_seconds' || key === 'as_of' ? undefined : each)));

function showFigures({ score, history, regressions, sources }) {
  const { tenant, titles } = page;
  page.asOf = score.as_of;
  // By the daemon's clock: this one may go wrong.
  const secondsAgo = (iso) => (Date.parse(score.as_of) - Date.parse(iso)) / 1000;
  page.shown = tenant;
  place('figures').hidden = false;
  const unread = score.ready ? null : sources.map((source) => [source.source, source.last_success === null]);
  show('score', [tenant, withoutAges(score), unread], () => renderScore(score, sources));
  const samples = history.series.map((sample) => [sample.time.slice(0, 16), sample.points, sample.unknown_max_points]);
  const moved = [history.changes.map((change) => change.position), history.changes_left_out];
  show('trend', [tenant, samples, moved], () => renderTrend(history));
  show('changes', [tenant, history.changes, titles.size], () => renderChanges(history, titles, page.seen));
  show('regressions', [tenant, score.ready, regressions.items, titles.size], () =>
    score.ready ? renderRegressions(regressions, tenant, titles, secondsAgo) : el('p', {}, 'There is no score yet from which points could be lost.'));
  showSources(sources);
  place('disclaimer').textContent = score.disclaimer;
  page.seen = Math.max(page.seen ?? 0, ...history.changes.map((change) => change.position));
  announce(score);
}

function showSources(sources) {
  const failing = sources.filter((source) => source.status === 'failing').length;
  place('sources-title').textContent = failing > 0 ? `Sources: ${failing} failing` : 'Sources';
  show('sources', [page.tenant, sources], () => renderSources(sources));
}

/** A refusal is no event: it is asked for now and then, by those who may know. */
async function refreshQuarantine() {
  let entries = [];
  try {
    if (page.administers) entries = await getAll('/api/v1/quarantine');
  } catch (error) {
    if (error.status !== 404) return fail(error);
    page.administers = false; // of some tenants only
  }
  show('quarantine', entries.map((entry) => entry.id), () => renderQuarantine(entries));
  place('refused').hidden = entries.length === 0;
}

/** Says a change aloud, and keeps the window's title right. */
function announce(score) {
  const now = score.compliance;
  document.title = `${score.ready ? percent(now.ratio) : 'No score yet'} · ${score.alias} · assayd`;
  if (score.ready && page.points !== null && page.points !== now.points) {
    place('announcement').textContent =
      `Score ${signedPoints(now.points - page.points)} points: ${points(now.points)} of ${points(now.max_points)}, ${percent(now.ratio)}`;
  }
  page.points = score.ready ? now.points : null;
}

function choose(tenant) {
  // Nothing of one tenant stands under the name of another, not even for a moment.
  if (tenant !== page.shown) place('figures').hidden = true;
  Object.assign(page, { tenant, seen: null, points: null, catalogue: null, asOf: null });
  const url = new URL(location.href);
  url.searchParams.set('tenant', tenant);
  window.history.replaceState(null, '', url);
  showTenants();
  live.start(tenant);
}

function showTenants() {
  const names = page.tenants.map((tenant) => tenant.alias);
  show('tenant', [names, page.tenant], () => {
    if (names.length <= 1) return el('p', { id: 'tenant-name' }, names[0] ?? '');
    const chooser = el(
      'select',
      { id: 'tenant-name' },
      names.map((name) => el('option', { value: name, selected: name === page.tenant }, name)),
    );
    chooser.addEventListener('change', () => choose(chooser.value));
    return [el('label', { for: 'tenant-name' }, 'Tenant '), chooser];
  });
}

async function readTenants() {
  page.tenants = (await getAll('/api/v1/tenants')).filter((tenant) => !tenant.retired);
  showTenants();
}

function showSession(session) {
  place('demo').hidden = !session.demo;
  show('session', session, () => {
    if (!session.session) return [];
    const button = el('button', { type: 'button', id: 'logout' }, 'Log out');
    button.addEventListener('click', async () => {
      await endSession().catch(() => null);
      location.reload();
    });
    return [el('span', { class: 'muted' }, session.name.replace(/^token:/, ''), ` (${session.role})`), button];
  });
}

async function begin() {
  try {
    const session = await get('/api/v1/session');
    showSession(session);
    page.administers = ADMINISTRATORS.includes(session.role);
    refreshQuarantine();
    await readTenants();
    tell(null);
    if (page.tenants.length === 0) {
      tell('There is no tenant here that you may see. `assayd tenant add` adds one.');
      live.stop('paused');
      return again();
    }
    const wanted = new URL(location.href).searchParams.get('tenant');
    choose((page.tenants.find((tenant) => tenant.alias === wanted) ?? page.tenants[0]).alias);
  } catch (error) {
    if (error.status !== 403) return fail(error);
    // A token that may not read is none for this page.
    await endSession().catch(() => null);
    askForToken('This token may not read the figures: that needs the role reader or one above it.', begin);
  }
}

const isWatched = () => page.tenant && !document.hidden && place('live').dataset.state === 'live';

setInterval(tickAges, 1000);
setInterval(async () => {
  if (!isWatched()) return;
  const { tenant } = page;
  const sources = await get(tenantPath(tenant, '/sources')).catch(fail);
  if (sources && tenant === page.tenant) showSources(sources.items);
}, SOURCES_MS);
// What was not known yet may be settled without an event, and tenants come and go.
setInterval(() => isWatched() && refreshSoon(), EVERYTHING_MS);
setInterval(() => isWatched() && refreshQuarantine(), EVERYTHING_MS);
setInterval(() => isWatched() && readTenants().catch(fail), TENANTS_MS);

// Browsers keep few connections to one address: pages in the background leave theirs to others.
document.addEventListener('visibilitychange', () => {
  clearTimeout(page.hiding);
  if (document.hidden) page.hiding = setTimeout(() => page.tenant && live.stop('paused'), HIDDEN_MS);
  else if (page.tenant && place('live').dataset.state === 'paused') live.resume();
});

place('zone').textContent = zoneText(Intl.DateTimeFormat().resolvedOptions().timeZone);
begin();
