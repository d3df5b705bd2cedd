// Questions to the daemon that this page came from. The session cookie goes along by itself.

const PATIENCE_MS = 15_000;

/** An answer that is no success; `status` 0: there was no answer. */
export class Refused extends Error {
  constructor(status, title, detail) {
    super(detail ? `${title}: ${detail}` : title);
    this.status = status;
  }
}

export async function refusalOf(response) {
  const problem = await response.json().catch(() => ({}));
  return new Refused(response.status, problem.title ?? `Status ${response.status}`, problem.detail);
}

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, {
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...options,
    });
  } catch (error) {
    throw new Refused(0, 'The daemon does not answer', error.name === 'TimeoutError' ? 'it took too long' : '');
  }
  if (!response.ok) throw await refusalOf(response);
  return response;
}

export const get = async (path) => (await ask(path)).json();

export const tenantPath = (tenant, rest = '') => `/api/v1/tenants/${encodeURIComponent(tenant)}${rest}`;

/** Every item of a list, page by page. */
export async function getAll(path) {
  const items = [];
  let after = '';
  do {
    const page = await get(`${path}?limit=1000${after}`);
    items.push(...page.items);
    after = page.next ? `&after=${encodeURIComponent(page.next)}` : '';
  } while (after);
  return items;
}

export const beginSession = (token) =>
  ask('/api/v1/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token }),
  });

export const endSession = () => ask('/api/v1/session', { method: 'DELETE' });
