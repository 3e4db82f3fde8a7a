import type { TenantConfig } from '../../app/ports.ts';
import { openCursor, sealCursor } from './cursor.ts';

/**
 * Reads one page of a list with its cursor opened, and seals the cursor to the next.
 *
 * @param list - name of the list
 */
export async function readPage<Page extends { readonly next?: string }>(
  tenant: TenantConfig,
  list: string,
  cursor: string | undefined,
  read: (position: string | undefined) => Promise<Page>,
): Promise<{ readonly page: Page; readonly next: { readonly next?: string } }> {
  const page = await read(cursor === undefined ? undefined : openCursor(tenant, list, cursor));
  return { page, next: page.next === undefined ? {} : { next: sealCursor(tenant, list, page.next) } };
}
