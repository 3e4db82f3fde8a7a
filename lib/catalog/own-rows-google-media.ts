import { CHECKED_ON, type OwnModel } from './own-model.ts';
import { LITELLM } from './rate-factors.ts';

const PRICING = 'ai.google.dev/gemini-api/docs/pricing';
const VERTEX = 'cloud.google.com/vertex-ai/generative-ai/pricing';
const PALM = `${VERTEX} (PaLM 2, per 1,000 characters); langfuse/langfuse default-model-prices.json`;

/** Imagen 4, USD per picture of any size. What Imagen 3 costs, the vendor's two price lists do not agree upon. */
const IMAGEN: ReadonlyArray<readonly [model: string, rate: string]> = [
  ['imagen-4.0-fast-generate-001', '0.02'],
  ['imagen-4.0-generate-001', '0.04'],
  ['imagen-4.0-ultra-generate-001', '0.06'],
];

/** Models of Vertex AI that are charged by the character: names, USD per 1,000 characters in and out. */
const BY_CHARACTER: ReadonlyArray<
  readonly [names: readonly [string, ...string[]], input: string, output: string | null, source: string]
> = [
  [
    ['text-embedding-005', 'text-embedding-004', 'text-multilingual-embedding-002'],
    '0.000025',
    null,
    `${LITELLM}; ${VERTEX}`,
  ],
  [
    ['text-bison', 'text-bison-32k', 'chat-bison', 'chat-bison-32k', 'code-bison', 'code-bison-32k', 'codechat-bison'],
    '0.00025',
    '0.0005',
    PALM,
  ],
  [['text-unicorn'], '0.0025', '0.0075', PALM],
];

/** Google's models that are charged by the picture or the character. */
export const GOOGLE_MEDIA_MODELS: readonly OwnModel[] = [
  ...IMAGEN.map(
    ([model, rate]): OwnModel => ({
      provider: 'google',
      model,
      replaces: null,
      scope: 'all',
      periods: [{ rates: { images: { rate, per: 1 } } }],
      facts: { kind: 'image' },
      source: `${PRICING}; ${LITELLM}`,
      checkedOn: CHECKED_ON,
    }),
  ),
  ...BY_CHARACTER.map(
    ([names, input, output, source]): OwnModel => ({
      provider: 'google',
      model: names[0],
      names,
      replaces: null,
      scope: 'all',
      periods: [
        {
          rates: {
            input_characters: { rate: input, per: 1000 },
            ...(output === null ? {} : { output_characters: { rate: output, per: 1000 } }),
          },
        },
      ],
      source,
      checkedOn: CHECKED_ON,
    }),
  ),
];
