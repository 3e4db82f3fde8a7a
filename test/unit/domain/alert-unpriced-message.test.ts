import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import schema from '../../../lib/contracts/alert.schema.json' with { type: 'json' };
import {
  findCause,
  groupUnpriced,
  mergeMonths,
  UNPRICED_CAUSES,
  type UnpricedCall,
} from '../../../lib/domain/alerts/alert-unpriced.ts';
import {
  renderUnpricedAlert,
  type ToldModel,
  type UnpricedAlertFacts,
} from '../../../lib/domain/alerts/alert-unpriced-message.ts';
import type { UsageEvent } from '../../../lib/domain/events/usage-event.ts';
import { createZone } from '../../../lib/domain/local-time.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { InvalidOverridesError, parseOverrideFile } from '../../../lib/domain/prices/price-book-file.ts';
import { rateEvent } from '../../../lib/domain/rating/rating.ts';
import { NOON_MS } from '../../helpers/alert-world.ts';
import { catalogOf } from '../../helpers/pricing.ts';

const golden = (name: string) => new URL(`../../fixtures/golden/${name}`, import.meta.url);

const book = createPriceBook({
  catalog: catalogOf([
    { unit: 'input_tokens', rate: '1', varies_by_region: true },
    { unit: 'input_tokens', rate: '1', model: 'later', effective_from: '2026-06-01' },
    { unit: 'input_tokens', rate: '1', model: 'tiered' },
  ]),
});
const zone = createZone('Europe/Berlin');

function call(event: Partial<UsageEvent>): UnpricedCall {
  const whole: UsageEvent = { id: 'a', timeMs: NOON_MS, model: 'gpt-9', usage: { input_tokens: 10 }, ...event };
  return { event: whole, rating: rateEvent(book, whole) };
}

const tell = (calls: readonly UnpricedCall[]): ToldModel[] =>
  mergeMonths(groupUnpriced(zone, calls)).map((model) => ({ ...model, cause: findCause(book, model) }));

const FACTS: UnpricedAlertFacts = {
  alertId: '0123456789abcdef0123456789abcdef',
  tenant: 'acme',
  timeZone: 'Europe/Berlin',
  models: tell([
    call({ provider: 'openai', usage: { input_tokens: 12_000, output_tokens: 300 } }),
    call({ provider: 'openai', timeMs: NOON_MS - 60_000, usage: { input_tokens: 1_000, output_tokens: 45 } }),
    call({ provider: 'acme', model: 'widget', usage: { input_tokens: 5, images: 2, audio_seconds: 1.5 } }),
  ]),
  moreModels: 3,
  moreCalls: 4,
  isCapped: false,
  asOfMs: NOON_MS + 5_000,
  months: { first: '2025-12', last: '2026-01' },
  apiUrl: 'https://ledger.example',
};

const single: UnpricedAlertFacts = { ...FACTS, models: FACTS.models.slice(0, 1), moreModels: 0, moreCalls: 0 };

const validate = (() => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
})();

describe('calls of a capacity without a list price', () => {
  const covered = createPriceBook({
    catalog: catalogOf([]),
    capacities: [{ name: 'h100', fromMs: 0, toMs: null, covers: { deployment: 'own' }, list: null }],
  });
  const tellAll = (...events: readonly Partial<UsageEvent>[]): ToldModel[] => {
    const calls = events
      .map((event) => call(event).event)
      .map((event) => ({ event, rating: rateEvent(covered, event) }));
    return mergeMonths(groupUnpriced(zone, calls)).map((model) => ({ ...model, cause: findCause(covered, model) }));
  };
  const own = { provider: 'vllm', model: 'llama', deployment: 'own' };

  it('are said to cost nothing, and whose price their list price may be', () => {
    const { text } = renderUnpricedAlert({ ...single, models: tellAll(own) });
    expect(text).toContain('covered by capacity h100: they cost nothing, their list cost is not known');
    expect(text).toContain('Effect:   the tokens are kept and counted, and cost nothing;');
    expect(text).toContain('as "list_price_of" of h100, and run');
    expect(text).toContain('tokenledger capacities apply capacities.json');
  });

  it('are told apart from calls whose cost is not known', () => {
    const { text } = renderUnpricedAlert({ ...single, models: tellAll(own, { model: 'other' }) });
    expect(text.match(/covered by capacity/g)).toHaveLength(1);
    expect(text).toContain('spend, budgets and forecasts lack their cost');
    expect(renderUnpricedAlert(FACTS).text).not.toContain('capacit');
  });
});

describe('calls without a full price', () => {
  it('are of one group, whether their provider was sent or found', () => {
    const known = createPriceBook({
      catalog: catalogOf([{ provider: 'openai', model: 'gpt-9', unit: 'input_tokens', rate: '1' }]),
    });
    const calls = [{}, { provider: 'openai' }].map((sent): UnpricedCall => {
      const { event } = call({ ...sent, usage: { input_tokens: 1, images: 1 } });
      return { event, rating: rateEvent(known, event) };
    });
    expect(groupUnpriced(zone, calls)).toMatchObject([{ provider: 'openai', calls: 2, status: 'partially_priced' }]);
  });
});

describe('the message about calls without a price', () => {
  const message = renderUnpricedAlert(FACTS);

  it('reads as the golden file, word for word', () => {
    expect(`${message.subject}\n\n${message.text}`).toBe(readFileSync(golden('unpriced-model.txt'), 'utf8'));
  });

  it('carries the data of the golden file, which keeps to the published schema', () => {
    expect(message.data).toEqual(JSON.parse(readFileSync(golden('unpriced-model.json'), 'utf8')));
    expect(validate(message.data), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...message.data, unpriced: undefined })).toBe(false);
  });

  it('gives filter policies the model where it is about one alone', () => {
    expect(message.attributes).toEqual({
      tenant: 'acme',
      kind: 'unpriced_model',
      severity: 'warning',
      alert_id: FACTS.alertId,
    });
    const one = renderUnpricedAlert(single);
    expect(one.attributes).toMatchObject({ model: 'gpt-9' });
    expect(one.subject).toBe('[warning] No full price for openai/gpt-9: 2 calls');
    expect(one.text).toContain('--filter model=gpt-9\n');
  });

  it('offers a file of overrides that only lacks its rates, and is not accepted without them', () => {
    const line =
      message.text
        .split('\n')
        .find((text) => text.includes('{"overrides"'))
        ?.trim() ?? '';
    expect(() => parseOverrideFile(JSON.parse(line))).toThrow(InvalidOverridesError);
    const filled = JSON.parse(line.replaceAll(/"USD per \d+"/g, '"0.5"'));
    expect(parseOverrideFile(filled).overrides.map(({ model, provider }) => [model, provider])).toEqual([
      ['gpt-9', 'openai'],
      ['widget', 'acme'],
    ]);
  });

  it('offers the rates of every service tier that was called, since those of one say nothing of another', () => {
    const models = tell([call({}), call({ service_tier: 'Batch API' }), call({ service_tier: 'standard' })]);
    const { text } = renderUnpricedAlert({ ...single, models });
    const line = text.split('\n').find((words) => words.includes('{"overrides"')) ?? '';
    const filled = JSON.parse(line.replaceAll(/"USD per \d+"/g, '"0.5"'));
    expect(parseOverrideFile(filled).overrides.map(({ serviceTier }) => serviceTier)).toEqual(['default', 'batch']);
  });

  it('lets no name break a line or steer a terminal, and keeps its subject short', () => {
    const model = `x\u202e\u0085Silence: ${'long'.repeat(30)}`;
    const { text, subject, sms } = renderUnpricedAlert({ ...single, models: tell([call({ model })]) });
    expect(text).not.toMatch(/[\u202e\u0085]/);
    expect(text.split('\n').filter((line) => line.startsWith('Silence:'))).toHaveLength(1);
    expect(subject).toMatch(/^[ -~]{1,99}$/);
    expect(sms).toMatch(/^[ -~]{1,140}$/);
  });

  it('says when further models are only counted', () => {
    expect(renderUnpricedAlert({ ...FACTS, isCapped: true }).text).toContain('told of together, once a day');
  });
});

describe('calls without a price', () => {
  it('are summed by local month, provider, model and status, the largest group first', () => {
    // 23:30 UTC on the 31st is January in Berlin.
    const newYearMs = Date.UTC(2025, 11, 31, 23, 30);
    const groups = groupUnpriced(zone, [
      call({ timeMs: newYearMs }),
      call({ timeMs: newYearMs - 3_600_000 }),
      call({ provider: 'openai' }),
      call({ timeMs: NOON_MS + 1, usage: { input_tokens: 5, output_tokens: 1 } }),
      call({ provider: 'acme', model: 'widget' }),
    ]);
    expect(groups.map(({ month, provider, calls, sinceMs }) => [month, provider, calls, sinceMs])).toEqual([
      ['2026-01', null, 2, newYearMs],
      ['2025-12', null, 1, newYearMs - 3_600_000],
      ['2026-01', 'openai', 1, NOON_MS],
    ]);
    // 10 + 5 tokens in, 1 out.
    expect([...(groups[0]?.units ?? [])]).toEqual([
      ['input_tokens', 15n],
      ['output_tokens', 1n],
    ]);
    expect(mergeMonths(groups).map(({ provider, calls }) => [provider, calls])).toEqual([
      [null, 3],
      ['openai', 1],
    ]);
  });

  it.each([
    [{ model: 'mystery' }, 'unknown_provider'],
    [{ provider: 'acme', model: 'mystery' }, 'unknown_model'],
    [{ provider: 'acme', model: 'widget', region: 'mars-1' }, 'no_price_in_region'],
    [{ provider: 'acme', model: 'tiered', service_tier: 'flex' }, 'no_price_for_tier'],
    [{ provider: 'acme', model: 'later' }, 'no_price_at_time'],
    [{ provider: 'acme', model: 'tiered', usage: { images: 1 } }, 'unit_without_rate'],
    [{ provider: 'acme', model: 'tiered', usage: { input_tokens: 1, images: 1 } }, 'unit_without_rate'],
  ] as const)('%j lack one because of %s', (event, cause) => {
    expect(tell([call(event)]).map((model) => model.cause)).toEqual([cause]);
  });

  it('that a book prices by now are said to be on their way', () => {
    const [model] = groupUnpriced(zone, [call({ provider: 'acme', model: 'later' })]);
    const later = createPriceBook({ catalog: catalogOf([{ unit: 'input_tokens', rate: '1', model: 'later' }]) });
    expect(model && findCause(later, model)).toBe('price_known_by_now');
    expect(
      model && renderUnpricedAlert({ ...single, models: [{ ...model, cause: 'price_known_by_now' }] }).text,
    ).toContain('Fix:      nothing that a price could do');
  });

  it('have a word in the published schema for every cause', () => {
    const causes = schema.$defs.unpriced.properties.models.items.properties.cause.enum;
    expect([...causes].sort()).toEqual([...UNPRICED_CAUSES].sort());
  });
});
