import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../../lib/app/recording/decode-message.ts';
import { REJECT_REASONS } from '../../../lib/contracts/reject-reasons.ts';
import { USAGE_UNITS } from '../../../lib/contracts/usage-units.ts';
import { EVENT_FIELDS } from '../../../lib/domain/events/parse-usage-event.ts';

const page = readFileSync(new URL('../../../docs/contract.md', import.meta.url), 'utf8');

describe('docs/contract.md', () => {
  it('names every field, unit and reject reason', () => {
    const names = [...EVENT_FIELDS, ...USAGE_UNITS, ...Object.keys(REJECT_REASONS)];
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('shows a smallest event that is accepted', () => {
    const example = /```json[^\n]*\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    expect(decodeMessage(example).events).toHaveLength(1);
  });
});
