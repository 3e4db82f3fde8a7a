import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../../lib/app/recording/decode-message.ts';
import { REJECT_REASONS, type RejectReason } from '../../../lib/contracts/reject-reasons.ts';
import { checkEventTime } from '../../../lib/domain/events/event-window.ts';
import { type EventJson, smallEvent } from '../../helpers/contract-events.ts';

type ReasonAt<Step> = {
  [Reason in RejectReason]: (typeof REJECT_REASONS)[Reason]['step'] extends Step ? Reason : never;
}[RejectReason];

const event = (fields: EventJson) => JSON.stringify(smallEvent(fields));

/** One body for each reason the decoder gives; the type asks for every one of them. */
const bodies: Readonly<Record<ReasonAt<'decode'>, string>> = {
  not_json: 'hello',
  bad_encoding: '{"encoding":"gzip","data":"aGVsbG8="}',
  bad_envelope: '{"specversion":"0.3","data":{}}',
  no_events: '[]',
  too_deep: '['.repeat(33),
  message_too_large: JSON.stringify({ encoding: 'gzip', data: gzipSync(' '.repeat(9_000_000)).toString('base64') }),
  too_many_events: `[${'1,'.repeat(1000)}1]`,
  event_too_large: event({ filler: 'f'.repeat(17_000) }),
  missing_field: event({ model: null }),
  wrong_type: event({ usage: { input_tokens: '1200' } }),
  too_long: event({ app: 'x'.repeat(129) }),
  bad_text: event({ app: 'a\u0000b' }),
  too_many_tags: event({ tags: Object.fromEntries(Array.from({ length: 17 }, (_, tag) => [tag, 'v'])) }),
  unknown_value: event({ status: 'failed' }),
  out_of_range: event({ quality: 2 }),
  bad_time: event({ time: 'yesterday' }),
  bad_amount: event({ reported_cost_usd: '1e-5' }),
  impossible_usage: event({ usage: { input_tokens: 1, cache_read_tokens: 2 } }),
};

describe('reject reasons', () => {
  it.each(Object.entries(bodies))('are given by the decoder: %s', (reason, body) => {
    expect(decodeMessage(body).rejects.map((reject) => reject.reason)).toEqual([reason]);
  });

  it('are reached by a body each, as far as the decoder gives them', () => {
    const ofDecoder = Object.entries(REJECT_REASONS).filter(([, { step }]) => step === 'decode');
    expect(Object.keys(bodies).sort()).toEqual(ofDecoder.map(([reason]) => reason).sort());
  });

  it('are given for times outside the window', () => {
    const window = { firstArrivalMs: Date.UTC(2023, 0, 1), allowOlder: false };
    expect(checkEventTime({ id: 'a', timeMs: 0 }, window)?.reason).toBe('time_out_of_range');
    // 0x019922e279b0 ms after 1970 lies in 2025.
    const id = '019922e2-79b0-7abc-8def-0123456789ab';
    expect(checkEventTime({ id, timeMs: window.firstArrivalMs }, window)?.reason).toBe('id_in_future');
  });

  it('are each explained in a sentence', () => {
    for (const { means } of Object.values(REJECT_REASONS)) expect(means).toMatch(/^[A-Z].*\.$/);
  });
});
