/**
 * Every unit a usage event may report, in the order in which answers list them.
 * `input_tokens` is the whole prompt (cache, audio and image parts included; audio and image counts lie outside the
 * cached ones); `output_tokens` includes reasoning, audio and image parts; `cache_audio_read_tokens` is part of
 * `cache_read_tokens`. Counts are whole numbers up to
 * 2^53-1; only `audio_seconds` may be fractional.
 */
export const USAGE_UNITS = [
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'output_tokens',
  'reasoning_tokens',
  'input_audio_tokens',
  'cache_audio_read_tokens',
  'output_audio_tokens',
  'input_image_tokens',
  'output_image_tokens',
  'input_characters',
  'output_characters',
  'audio_seconds',
  'images',
  'web_searches',
  'pages',
  'training_tokens',
  'requests',
] as const;

/** One unit of {@link USAGE_UNITS}. */
export type UsageUnit = (typeof USAGE_UNITS)[number];

/** The parts of a prompt that a sender may break `input_tokens` into; their sum is at most `input_tokens`. */
export const INPUT_PARTS = ['system', 'tools', 'history', 'retrieved', 'memory', 'user', 'tool_results'] as const;

/** One part of {@link INPUT_PARTS}. */
export type InputPart = (typeof INPUT_PARTS)[number];
