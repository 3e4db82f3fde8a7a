import { describe, expect, it } from 'vitest';
import { CALCULATORS } from '../../../../lib/domain/calculators/calculators.ts';
import { renderCalculatorsPage } from '../../../helpers/calculators-page.ts';

describe('docs/calculators.md', () => {
  it('says of every calculator what the code says (`vitest run FILE --update` writes it anew)', async () => {
    const page = new URL('../../../../docs/calculators.md', import.meta.url).pathname;
    await expect(renderCalculatorsPage([...CALCULATORS.values()])).toMatchFileSnapshot(page);
  });

  it('leaves nothing unsaid: a summary, a source, and a unit of every input and result', () => {
    const blank = [...CALCULATORS.values()].filter(({ summary, source, inputs, result }) =>
      [summary, source, ...Object.values(inputs).map(({ unit }) => unit), ...Object.values(result)].includes(''),
    );
    expect(blank.map(({ name }) => name)).toEqual([]);
  });
});
