import type { SnapshotModel, SnapshotPeriod } from '../snapshot.ts';
import type { Source } from './timeline.ts';

const PRICING = 'ai.google.dev/gemini-api/docs/pricing';

/** Where Google's page quotes one price for text and for images and video. */
export const TEXT_AND_IMAGES: Source = {
  source: `${PRICING} (text / image / video at one price)`,
  checkedOn: '2026-11-21',
};

/** Where Google's page quotes one price whatever goes in. */
export const ANY_INPUT: Source = { source: `${PRICING} (one price for every kind of input)`, checkedOn: '2026-11-21' };

// Models of these names have other prices for what is not text, or take nothing else.
const OF_THEIR_OWN = /^gemini-(?:pro$|1\.0|omni)|embedding|tts|live|audio|robotics|computer-use|image-generation/;

/**
 * Periods for the parts of a prompt that Google charges at the text rate without listing them apart: images of all
 * Gemini chat models, and audio of the Pro models and of 1.5 Flash. A rate that is listed is left alone.
 *
 * @param sourceOf - number of a source in the snapshot
 */
export function sharedTextPeriods(
  provider: string,
  model: SnapshotModel,
  sourceOf: (source: Source) => number,
): readonly SnapshotPeriod[] {
  if (provider !== 'google' || !/^gemini-/.test(model.id) || OF_THEIR_OWN.test(model.id)) return [];
  const takesAudio = /^gemini-(?:1\.5-flash|flash-1\.5|\d[\d.]*-pro(?:-preview|-exp|-latest|$|-\d))/.test(model.id);
  const audio = ['input_audio_tokens', 'cache_audio_read_tokens'];
  return model.periods.flatMap((period) => [
    ...copyRates(model, period, [['input_tokens', 'input_image_tokens']], sourceOf(TEXT_AND_IMAGES)),
    ...(takesAudio && !audio.some((unit) => hasRate(model, unit))
      ? copyRates(model, period, AUDIO_AS_TEXT, sourceOf(ANY_INPUT))
      : []),
  ]);
}

const AUDIO_AS_TEXT = [
  ['input_tokens', 'input_audio_tokens'],
  ['cache_read_tokens', 'cache_audio_read_tokens'],
] as const;

function copyRates(
  model: SnapshotModel,
  period: SnapshotPeriod,
  pairs: ReadonlyArray<readonly [text: string, other: string]>,
  source: number,
): readonly SnapshotPeriod[] {
  const rates = Object.fromEntries(
    pairs.flatMap(([text, other]) => {
      const rate = period.rates[text];
      return rate === undefined || hasRate(model, other) ? [] : [[other, rate]];
    }),
  );
  return Object.keys(rates).length === 0 ? [] : [{ ...period, source, rates }];
}

function hasRate(model: SnapshotModel, unit: string): boolean {
  return model.periods.some((period) => unit in period.rates);
}
