import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import { parseUsageEvent } from '../../lib/domain/events/parse-usage-event.ts';
import { createPriceBook } from '../../lib/domain/prices/price-book.ts';
import { parseOverrideFile } from '../../lib/domain/prices/price-book-file.ts';
import { rateEvent } from '../../lib/domain/rating/rating.ts';
import { leafOf } from '../../lib/domain/spend.ts';
import type { PlayedCall } from '../../lib/domain/what-if/play-changes.ts';
import { TENANT } from './ledger-fixtures.ts';
import { type CallLines, listReplayOverrides } from './straight-line-replay.ts';
import { toTraceEvents } from './trace-events.ts';

/** The recorded calls as the ledger has them once they are rated at the prices of the straight-line program. */
export function rateTrace({ header, lines }: CallLines): readonly PlayedCall[] {
  const paid = createPriceBook({
    catalog: bundledCatalog(),
    overrides: parseOverrideFile(listReplayOverrides()).overrides,
  });
  return toTraceEvents(header, lines).map((json): PlayedCall => {
    const { event } = parseUsageEvent(json) as { event: PlayedCall['event'] };
    const rating = rateEvent(paid, event);
    return { event, rating, leaf: leafOf(TENANT, event, rating) };
  });
}
