import { describe, expect, it } from 'vitest';
import { rateCommand } from '../../../lib/cli/rate.ts';
import { runCommand } from '../../helpers/run-command.ts';

type Answer = Readonly<Record<string, unknown>>;

async function rate(chunks: ReadonlyArray<string | Uint8Array>): Promise<readonly Answer[]> {
  const { code, out } = await runCommand(rateCommand, chunks);
  expect(code).toBe(0);
  return out.map((line) => JSON.parse(line));
}

/** A line of a call that is in order but for the fields given, as JSON text. */
function lineOf(rest: string, id = '"a"'): string {
  return `{"id":${id},"provider":"openai","model":"gpt-4o","timestamp":"2026-01-20T00:00:00Z",${rest}}`;
}

/** What an answer complains of. */
function complaintOf(answer: Answer | undefined): string {
  const { error, reasons, status } = answer ?? {};
  return JSON.stringify(error ?? reasons ?? status);
}

const GOOD = lineOf('"usage_shape":"canonical","usage":{"input_tokens":1}', '"good"');
const canonical = (usage: string): string => lineOf(`"usage_shape":"canonical","usage":${usage}`);
const good = { id: 'good', status: 'priced', cost_usd: '0.0000025' };

describe('a line that is wrong', () => {
  it.each([
    ['usage', canonical('[]')],
    ['usage', canonical('"x"')],
    ['usage', canonical('0')],
    ['usage', canonical('false')],
    ['usage', lineOf('"usage_shape":"openai_chat"')],
    ['usage', lineOf('"usage_shape":"openai_chat","response":"text"')],
    ['usage', lineOf('"usage_shape":"openai_chat","response":[]')],
    ['response', lineOf('"response":"text"')],
    ['input_tokens', canonical('{"input_tokens":1e400}')],
    ['input_tokens', canonical('{"input_tokens":"NaN"}')],
    ['input_tokens', canonical('{"input_tokens":9007199254740992}')],
    ['input_tokens', canonical(`{"input_tokens":"${'9'.repeat(500)}"}`)],
    ['input_tokens', canonical('{"input_tokens":{"input_tokens":5}}')],
    ['epochs', canonical('{"training_file_tokens":5,"epochs":"two"}')],
    ['audio_seconds', canonical('{"audio_seconds":1e400}')],
    ['__proto__', canonical('{"__proto__":{"input_tokens":5}}')],
    ['prompt_tokens', lineOf('"response":{"choices":[],"usage":{"prompt_tokens":"1e5"}}')],
    [
      'prompt_tokens_details',
      lineOf('"usage_shape":"openai_chat","usage":{"prompt_tokens":1,"prompt_tokens_details":[]}'),
    ],
    ['cost', lineOf('"usage_shape":"openrouter_chat","usage":{"prompt_tokens":1,"cost":1e400}')],
    ['cost', lineOf('"usage_shape":"openrouter_chat","usage":{"prompt_tokens":1,"cost":{"cost":1}}')],
    ['usage_shape', lineOf('"usage_shape":7,"usage":{}')],
    ['usage_shape', lineOf('"usage_shape":"__proto__","usage":{}')],
    ['usage_shape', lineOf('"usage":{}')],
    ['service_tier', `${GOOD.slice(0, -1)},"service_tier":{}}`],
    ['region', `${GOOD.slice(0, -1)},"region":["eu"]}`],
    ['timestamp', `${GOOD.slice(0, -1)},"timestamp":1e400}`],
    ['timestamp', `${GOOD.slice(0, -1)},"timestamp":""}`],
    ['provider', `${GOOD.slice(0, -1)},"provider":{}}`],
    ['model', `${GOOD.slice(0, -1)},"model":[]}`],
  ])('is answered with the name of the field %s, and so are its neighbours: %s', async (field, line) => {
    const answers = await rate([`${GOOD}\n${line}\n${GOOD}`]);
    expect(answers).toMatchObject([good, { id: expect.any(String) }, good]);
    expect(complaintOf(answers[1])).toContain(field);
    expect(JSON.stringify(answers[1]).length).toBeLessThan(1500);
  });

  it.each(['null', '[]', '"x"', 'NaN', '{"id":1', '\ufffd', '{"id":1}}', "{'id':1}"])(
    'is answered without an id when it is no object: %s',
    async (line) => {
      expect(await rate([`${GOOD}\n${line}\n${GOOD}`])).toMatchObject([good, { id: null, error: {} }, good]);
    },
  );
});

describe('names that objects have from birth', () => {
  it('are units, models, providers, tiers and regions like any other', async () => {
    const answers = await rate([
      `${canonical('{"__proto__":5,"constructor":3,"toString":1}')}\n`,
      `${GOOD.replace('gpt-4o', '__proto__')}\n${GOOD.replace('openai', 'constructor')}\n`,
      `${GOOD.slice(0, -1)},"service_tier":"constructor"}\n${GOOD.slice(0, -1)},"region":"__proto__"}\n`,
    ]);
    expect(answers[0]).toMatchObject({
      status: 'unpriced_unit',
      unpriced_units: ['__proto__', 'constructor', 'toString'],
    });
    // A region that no row names has the price of all regions.
    expect(answers.slice(1).map(({ status }) => status)).toEqual(['unpriced', 'unpriced', 'unpriced', 'priced']);
  });
});

describe('the bytes of the input', () => {
  it('may begin with a mark, end lines in two characters and leave some blank', async () => {
    const bytes = new TextEncoder().encode(`\ufeff${GOOD}\r\n\r\n   \n\t\n${GOOD}\r\n\n`);
    expect(await rate([bytes])).toMatchObject([good, good]);
  });

  it('may be cut anywhere', async () => {
    const bytes = new TextEncoder().encode(`${GOOD.replace('good', 'gö€𝄞d')}\n${GOOD}`);
    const answers = await rate([...bytes].map((byte) => Uint8Array.of(byte)));
    expect(answers).toMatchObject([{ ...good, id: 'gö€𝄞d' }, good]);
  });

  it('may be no text at all', async () => {
    const line = (bytes: readonly number[]) => [...new TextEncoder().encode(GOOD.slice(0, 7)), ...bytes];
    const rest = new TextEncoder().encode(`${GOOD.slice(7)}\n`);
    const answers = await rate([
      Uint8Array.of(0xff, 0xfe, 0x00, 0x0a),
      Uint8Array.of(...line([0xc3, 0x28]), ...rest),
      GOOD,
    ]);
    expect(answers).toMatchObject([
      { id: null, error: { code: 'invalid_json' } },
      { ...good, id: expect.stringContaining('\ufffd') },
      good,
    ]);
  });

  it('may hold a line of ten million', async () => {
    const long = `${GOOD.slice(0, -1)},"note":"${'x'.repeat(10_000_000)}"}`;
    const name = GOOD.replace('gpt-4o', 'g'.repeat(1_000_000));
    const answers = await rate([long.slice(0, 5_000_000), `${long.slice(5_000_000)}\n${name}\n${GOOD}`]);
    expect(answers).toMatchObject([good, { id: 'good', status: 'unpriced' }, good]);
  });
});
