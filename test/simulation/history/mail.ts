import { gzipSync } from 'node:zlib';
import { BEGIN_MS, CANARY, type CallName, eventOf, OLD_FROM } from './calls.ts';
import type { Flaw, GarbageDeed, History, SendDeed } from './history.ts';
import { tenantAt } from './tenants.ts';

/** A reject that must come of a message: its reason, and the id of the event where that can be read. */
export interface ExpectedReject {
  readonly reason: string;
  readonly id: string | null;
  /** Whether the message's text alone shows it; else it takes to know the sender and the time of arrival. */
  readonly isPlain: boolean;
}

/** A message before it is sent, with what must come of it. */
export interface Mail {
  readonly deed: SendDeed | GarbageDeed;
  readonly body: string;
  readonly calls: readonly CallName[];
  readonly rejects: readonly ExpectedReject[];
}

/** Writes every message of a history: which deed sends which calls follows from the order of its deeds. */
export function writeMail({ sends, garbage }: History): ReadonlyMap<SendDeed | GarbageDeed, Mail> {
  let nextRecent = 0;
  let nextOld = OLD_FROM;
  const mail = new Map<SendDeed | GarbageDeed, Mail>();
  for (const [index, deed] of sends.entries()) {
    const isOld = deed.via === 'import';
    const calls: CallName[] = [];
    const draw = (): CallName => ({ number: isOld ? nextOld++ : nextRecent++, variant: 0 });
    for (let left = deed.fresh; left > 0; left--) calls.push(draw());
    const variant = deed.altersRepeats ? 1 : 0;
    for (const distance of deed.repeats) {
      const number = (isOld ? nextOld : nextRecent) - 1 - distance;
      if (number >= (isOld ? OLD_FROM : 0)) calls.push({ number, variant });
    }
    const items: unknown[] = calls.map((call) => eventOf(call));
    const rejects: ExpectedReject[] = [];
    for (const [at, flaw] of deed.flaws.entries()) {
      const flawed = flawedEvent(flaw, `flaw-${index}-${at}`, draw);
      if (flawed.call) calls.push(flawed.call);
      else rejects.push({ reason: flawed.reason, id: flawed.id, isPlain: isPlain(flaw, deed) });
      // In the middle, so that neighbours on both sides must survive it.
      items.splice(Math.floor(items.length / 2), 0, flawed.item);
    }
    mail.set(deed, { deed, body: wrap(deed, items), calls, rejects });
  }
  for (const deed of garbage) mail.set(deed, { deed, ...writeGarbage(deed), calls: [] });
  return mail;
}

interface Flawed {
  readonly item: unknown;
  readonly reason: string;
  readonly id: string;
  /** Present where the event is to be recorded all the same. */
  readonly call?: CallName;
}

function flawedEvent(flaw: Flaw, id: string, draw: () => CallName): Flawed {
  const content = { prompt: CANARY, messages: [{ role: 'user', content: CANARY }] };
  const base = { id, time: new Date(BEGIN_MS - 1000).toISOString(), model: 'plain', usage: { input_tokens: 5 } };
  switch (flaw) {
    case 'unknown-fields': {
      const call = draw();
      return { item: { ...eventOf(call), ...content }, reason: '', id, call };
    }
    case 'other-tenant':
      return { item: { ...base, ...content, tenant: 'somebody-else' }, reason: 'tenant_mismatch', id };
    case 'impossible-usage': {
      const usage = { input_tokens: 5, cache_read_tokens: 6 };
      return { item: { ...base, ...content, usage }, reason: 'impossible_usage', id };
    }
    case 'no-model': {
      const { model: _, ...rest } = base;
      return { item: { ...rest, ...content }, reason: 'missing_field', id };
    }
    case 'torn-text':
      return { item: { ...base, team: `${CANARY}\u0007` }, reason: 'bad_text', id };
    case 'too-old':
      return { item: { ...base, time: '2014-06-01T00:00:00Z' }, reason: 'time_out_of_range', id };
    case 'in-future':
      return { item: { ...base, time: '2026-06-01T00:00:00Z' }, reason: 'time_out_of_range', id };
  }
}

function isPlain(flaw: Flaw, deed: SendDeed): boolean {
  // Where the envelope names its tenant, an event that names another one contradicts it.
  if (flaw === 'other-tenant') return namesTenant(deed);
  return flaw !== 'too-old' && flaw !== 'in-future';
}

function namesTenant({ form, via }: SendDeed): boolean {
  return form === 'object' && via !== 'forger';
}

function wrap(deed: SendDeed, items: readonly unknown[]): string {
  switch (deed.form) {
    case 'array':
      return JSON.stringify(items);
    case 'object':
      return JSON.stringify({ ...(namesTenant(deed) ? { tenant: tenantAt(deed.tenant).tenant } : {}), events: items });
    case 'gzip':
      return JSON.stringify({
        encoding: 'gzip',
        data: gzipSync(JSON.stringify(items), { level: 1 }).toString('base64'),
      });
    case 'cloud-events':
      return JSON.stringify(
        items.map((data, index) => ({ specversion: '1.0', id: `${index}`, source: 'sim', type: 'usage', data })),
      );
  }
}

function writeGarbage({ body, atMs, tenant }: GarbageDeed): Pick<Mail, 'body' | 'rejects'> {
  const id = null;
  // Each body is one of its own, so that what is queued can be told apart by it.
  const name = `${tenant}-${atMs}`;
  switch (body) {
    case 'text':
      return { body: `Dear model, ${CANARY} ${name}`, rejects: [{ reason: 'not_json', id, isPlain: true }] };
    case 'cut-json':
      return {
        body: `{"events":[{"id":"x-${name}","prompt":"${CANARY}`,
        rejects: [{ reason: 'not_json', id, isPlain: true }],
      };
    case 'bad-gzip': {
      const data = Buffer.from(`${CANARY} ${name}`).toString('base64');
      return {
        body: JSON.stringify({ encoding: 'gzip', data }),
        rejects: [{ reason: 'bad_encoding', id, isPlain: true }],
      };
    }
  }
}
