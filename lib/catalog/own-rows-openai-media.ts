import type { OwnModel } from './own-model.ts';
import { extendOpenAi, OPENAI_PRICING, openAi, tierPeriods, tokenRates } from './own-rows-openai-tables.ts';

const AUDIO = { kind: 'audio' } as const;
const IMAGE = { kind: 'image' } as const;
const PREVIEW_AUDIO = { input_audio_tokens: '40', output_audio_tokens: '80' };
const FIRST_AUDIO = { input_audio_tokens: '100', output_audio_tokens: '200' };
const FIRST_AUDIO_SOURCE = 'langfuse/langfuse default-model-prices.json; openai.com/index/introducing-the-realtime-api';

/** Models that hear and speak. No audio token is ever priced as text. */
const SPEECH: readonly OwnModel[] = [
  openAi('gpt-4o-audio-preview-2024-10-01', [{ rates: { ...tokenRates(['2.5', null, '10']), ...FIRST_AUDIO } }], {
    source: FIRST_AUDIO_SOURCE,
  }),
  openAi('gpt-4o-audio-preview-2024-12-17', [{ rates: { ...tokenRates(['2.5', null, '10']), ...PREVIEW_AUDIO } }], {
    names: ['gpt-4o-audio-preview-2025-06-03'],
    source: 'platform.openai.com/docs/models/gpt-4o-audio-preview; BerriAI/litellm pull 11560; simonw/llm issue 677',
  }),
  // The name first meant a release whose audio cost more; on this day the vendor listed it at the lower rates.
  extendOpenAi('gpt-4o-audio-preview', [{ from: '2025-06-09', rates: PREVIEW_AUDIO }], {
    source: 'platform.openai.com/docs/models/gpt-4o-audio-preview; BerriAI/litellm pull 11560',
  }),
  extendOpenAi('gpt-4o-mini-audio-preview', [{ rates: { input_audio_tokens: '10', output_audio_tokens: '20' } }]),
  openAi(
    'gpt-4o-realtime-preview-2024-10-01',
    [{ rates: { ...tokenRates(['5', '2.5', '20']), ...FIRST_AUDIO, cache_audio_read_tokens: '20' } }],
    { source: FIRST_AUDIO_SOURCE },
  ),
  // All that it returns is audio, whether the response says so or not.
  extendOpenAi('gpt-4o-mini-tts', [{ rates: { output_audio_tokens: '12' } }], {
    names: ['gpt-4o-mini-tts-2025-03-20', 'gpt-4o-mini-tts-2025-12-15'],
    facts: AUDIO,
  }),
  ...(
    [
      ['tts-1', '15'],
      ['tts-1-hd', '30'],
    ] as const
  ).map(([model, rate]) =>
    openAi(model, [{ rates: { input_characters: rate } }], { names: [`${model}-1106`], facts: AUDIO }),
  ),
  // By the second, at a sixtieth of the price of a minute.
  ...(
    [
      ['gpt-live-transcribe', '0.017'],
      ['gpt-realtime-whisper', '0.017'],
      ['gpt-realtime-translate', '0.034'],
      ['gpt-live-1', '0.05'],
    ] as const
  ).map(([model, rate]) => openAi(model, [{ rates: { audio_seconds: { rate, per: 60 } } }], { facts: AUDIO })),
];

/** Models that draw. Cached image tokens have a price of their own and no unit; only cached text is priced. */
const IMAGES: readonly OwnModel[] = [
  // What the library has as output is image tokens; models that draw return nothing else.
  extendOpenAi(
    'gpt-image-1',
    [
      { rates: { output_image_tokens: '40' } },
      ...tierPeriods({ batch: ['2.5', '0.63', '20'] }, { input_image_tokens: '5', output_image_tokens: '20' }),
    ],
    { facts: IMAGE },
  ),
  extendOpenAi(
    'gpt-image-1-mini',
    [
      { rates: { output_image_tokens: '8' } },
      ...tierPeriods({ batch: ['1', '0.1', '4'] }, { input_image_tokens: '1.25', output_image_tokens: '4' }),
    ],
    { facts: IMAGE },
  ),
  extendOpenAi(
    'gpt-image-1.5',
    tierPeriods({ batch: ['2.5', '0.63', '5'] }, { input_image_tokens: '4', output_image_tokens: '16' }),
    { facts: IMAGE },
  ),
  extendOpenAi(
    'gpt-image-2',
    [
      { rates: { output_image_tokens: '30' } },
      ...tierPeriods({ batch: ['2.5', '0.625', '15'] }, { input_image_tokens: '4', output_image_tokens: '15' }),
    ],
    { facts: IMAGE },
  ),
  openAi(
    'gpt-image-2.5-sunburst',
    [{ rates: { ...tokenRates(['5', '1.25', '30']), input_image_tokens: '8', output_image_tokens: '30' } }],
    { names: ['gpt-image-2.5-flare'], facts: IMAGE },
  ),
];

/** Speech, transcription and images. */
export const MEDIA_MODELS: readonly OwnModel[] = [
  ...SPEECH,
  ...IMAGES,
  extendOpenAi('whisper-1', [], { scope: 'names', facts: AUDIO, source: OPENAI_PRICING }),
  extendOpenAi('gpt-4o-transcribe', [], { scope: 'names', facts: AUDIO }),
  extendOpenAi('gpt-4o-mini-transcribe', [], {
    scope: 'names',
    names: ['gpt-4o-mini-transcribe-2025-03-20', 'gpt-4o-mini-transcribe-2025-12-15'],
    facts: AUDIO,
  }),
];
