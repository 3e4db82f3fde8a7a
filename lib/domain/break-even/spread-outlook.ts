import type { Projection } from '../forecast/forecast.ts';
import type { VolumeOutlook } from './volume-outlook.ts';

const VOLUMES = 200;

/**
 * A projection as equally likely multiples of what was recorded: straight lines between the quantiles that it has, and
 * nothing beyond its outer bounds. The same projection always gives the same volumes.
 *
 * @param recorded - what as long a time brought, in the unit of the projection
 * @returns null where nothing is projected or nothing was recorded
 */
export function spreadOutlook(projection: Projection, recorded: number): VolumeOutlook | null {
  const { lo95, lo80, lo50, point, hi50, hi80, hi95 } = projection;
  if (recorded <= 0 || lo95 === null || lo80 === null || lo50 === null || point === null) return null;
  if (hi50 === null || hi80 === null || hi95 === null) return null;
  const known: readonly (readonly [probability: number, amount: number])[] = [
    ...([
      [0, lo95],
      [0.025, lo95],
      [0.1, lo80],
      [0.25, lo50],
      [0.5, point],
    ] as const),
    ...([
      [0.75, hi50],
      [0.9, hi80],
      [0.975, hi95],
      [1, hi95],
    ] as const),
  ];
  const ratios = Array.from({ length: VOLUMES }, (_, index) => interpolate(known, (index + 0.5) / VOLUMES) / recorded);
  return { ratios, lo80Ratio: lo80 / recorded, hi80Ratio: hi80 / recorded };
}

function interpolate(known: readonly (readonly [probability: number, amount: number])[], probability: number): number {
  const next = known.findIndex(([at]) => at >= probability);
  const [below, above] = [known[next - 1], known[next]];
  if (below === undefined || above === undefined) return above?.[1] ?? 0;
  return below[1] + ((above[1] - below[1]) * (probability - below[0])) / (above[0] - below[0]);
}
