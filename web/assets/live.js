// The stream of events, read with fetch: unlike EventSource it tells a refusal from a broken
// connection, and notices one that only seems to be there. It does not resume by Last-Event-ID:
// whoever comes back asks for everything anyway.

import { refusalOf } from './api.js';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
// The daemon sends a sign of life every 15 seconds.
const SILENCE_MS = 40_000;

/**
 * Calls `onEvent(type)` for each event of a tenant, `onState(state, since)` with 'connecting', 'live',
 * 'reconnecting' or 'paused', `onOpen()` whenever something may have been missed, and
 * `onRefused(error)` when the daemon will not have us, after which it has stopped.
 */
export class Live {
  constructor({ onEvent, onState, onOpen, onRefused }) {
    Object.assign(this, { onEvent, onState, onOpen, onRefused });
    this.turn = 0;
  }

  start(tenant) {
    this.stop();
    this.tenant = tenant;
    this.run(++this.turn);
  }

  stop(state) {
    this.turn += 1;
    this.abort?.abort();
    clearTimeout(this.timer);
    if (state) this.onState(state, new Date());
  }

  /** Listens again to the same tenant. */
  resume() {
    if (this.tenant) this.run(++this.turn);
  }

  async run(turn) {
    this.onState('connecting', new Date());
    let wait = FIRST_WAIT_MS;
    let since = null;
    while (turn === this.turn) {
      try {
        await this.read(turn, () => {
          wait = FIRST_WAIT_MS;
          since = null;
          this.onState('live', new Date());
          this.onOpen();
        });
      } catch (error) {
        if (turn !== this.turn) return;
        if ([401, 403, 404].includes(error.status)) return this.onRefused(error);
      }
      if (turn !== this.turn) return;
      since ??= new Date();
      this.onState('reconnecting', since);
      // Not all pages of a daemon that restarts come back in the same moment.
      await this.pause(wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }

  pause(milliseconds) {
    return new Promise((resolve) => {
      this.timer = setTimeout(resolve, milliseconds);
    });
  }

  async read(turn, onOpen) {
    const abort = new AbortController();
    this.abort = abort;
    let watch = setTimeout(() => abort.abort(), SILENCE_MS);
    try {
      const response = await fetch(`/api/v1/events/stream?tenant=${encodeURIComponent(this.tenant)}`, {
        headers: { Accept: 'text/event-stream' },
        credentials: 'same-origin',
        cache: 'no-store',
        signal: abort.signal,
      });
      if (!response.ok) throw await refusalOf(response);
      onOpen();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ''; turn === this.turn; ) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(watch);
        watch = setTimeout(() => abort.abort(), SILENCE_MS);
        const frames = (rest + value).split('\n\n');
        rest = frames.pop();
        for (const frame of frames) this.take(frame);
      }
    } finally {
      clearTimeout(watch);
      abort.abort();
    }
  }

  take(frame) {
    const type = frame.split('\n').find((line) => line.startsWith('event: '));
    if (type) this.onEvent(type.slice('event: '.length));
  }
}
