import { expect, it } from 'vitest';
import { bundledReference } from '../../../lib/catalog/reference.ts';
import { renderReferencePage } from '../../helpers/reference-page.ts';

it('the page of reference rows counts what the release has (`vitest run FILE --update` writes it anew)', async () => {
  const page = new URL('../../../docs/hardware-catalog.md', import.meta.url).pathname;
  await expect(renderReferencePage(bundledReference())).toMatchFileSnapshot(page);
});
