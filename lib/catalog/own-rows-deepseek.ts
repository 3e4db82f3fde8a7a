import { CHECKED_ON, type OwnModel } from './own-model.ts';

const PRICING = 'https://api-docs.deepseek.com/quick_start/pricing';
// Until 2025-09-05 a discount ran from 16:30 to 00:30 UTC. It began on the evening of 2025-02-26.
const NIGHT = { windows: [{ from: '16:30', to: '00:30' }] };
// Peak hours since V4; since the last week of August 2026 not at weekends in Beijing, whose working hours fall on the
// same UTC day.
const EVERY_DAY = {
  windows: [
    { from: '01:00', to: '04:00' },
    { from: '06:00', to: '10:00' },
  ],
};
const WORKDAYS = { windows: EVERY_DAY.windows.map((window) => ({ ...window, weekdays: [1, 2, 3, 4, 5] })) };

const deepseekRates = (input: string, cacheRead: string, output: string) => ({
  rates: { input_tokens: input, cache_read_tokens: cacheRead, output_tokens: output },
});

const V4_PEAKS = '2026-08-16T16:00:00Z';
const WEEKENDS_OFF = '2026-08-22T16:00:00Z';
const CACHE_CUT = '2026-04-26T12:15:00Z';
const V4_1_FLASH = '2026-09-10T04:00:00Z';
const ALIASES_RETIRED = '2026-07-24T15:59:00Z';

/**
 * V3 and R1 by their moving names; from the day after V4 came out both were V4 Flash, until they were retired. The
 * days on which they moved are left out: nobody knows the hour.
 */
const deepseekMovingName = (
  model: string,
  before: OwnModel['periods'],
  standard: ReturnType<typeof deepseekRates>,
): OwnModel => ({
  provider: 'deepseek',
  model,
  replaces: model,
  scope: 'all',
  periods: [
    ...before,
    { from: '2025-02-08T16:00:00Z', to: '2025-09-05T16:00:00Z', ...standard },
    { from: '2025-02-26T16:30:00Z', to: '2025-09-05T16:00:00Z', ...NIGHT, ...deepseekRates('0.135', '0.035', '0.55') },
    { from: '2025-09-05T16:00:00Z', to: '2025-09-29', ...deepseekRates('0.56', '0.07', '1.68') },
    { from: '2025-09-30', to: '2026-04-24', ...deepseekRates('0.28', '0.028', '0.42') },
    { from: '2026-04-25', to: CACHE_CUT, ...deepseekRates('0.14', '0.028', '0.28') },
    { from: CACHE_CUT, to: ALIASES_RETIRED, ...deepseekRates('0.14', '0.0028', '0.28') },
  ],
  source: `${PRICING}; simonw/llm-prices data/deepseek.json; BerriAI/litellm pull 28789; Portkey-AI/models pull 744`,
  checkedOn: CHECKED_ON,
});

const FLASH_V4_1 = [
  { from: V4_1_FLASH, ...deepseekRates('0.15', '0.003', '0.6') },
  { from: V4_1_FLASH, ...WORKDAYS, ...deepseekRates('0.3', '0.006', '1.2') },
];

const V4_SOURCE = `${PRICING}; simonw/llm-prices pull 71; Wei-Shaw/sub2api pulls 6097 and 6974; anomalyco/models.dev pull 6904`;

/** DeepSeek. */
export const DEEPSEEK_MODELS: readonly OwnModel[] = [
  deepseekMovingName(
    'deepseek-chat',
    [{ from: '2024-12-26', to: '2025-02-08T16:00:00Z', rates: { input_tokens: '0.14', output_tokens: '0.28' } }],
    deepseekRates('0.27', '0.07', '1.1'),
  ),
  deepseekMovingName(
    'deepseek-reasoner',
    [{ from: '2025-01-20', to: '2025-02-08T16:00:00Z', ...deepseekRates('0.55', '0.14', '2.19') }],
    deepseekRates('0.55', '0.14', '2.19'),
  ),
  {
    provider: 'deepseek',
    model: 'deepseek-v4-flash',
    names: ['deepseek-v4-flash-vision-exp'],
    replaces: 'deepseek-v4-flash',
    scope: 'all',
    // Since V4.1 Flash came out it answers under this name too, at its own price.
    periods: [
      { to: CACHE_CUT, ...deepseekRates('0.14', '0.028', '0.28') },
      { from: CACHE_CUT, to: V4_PEAKS, ...deepseekRates('0.14', '0.0028', '0.28') },
      { from: V4_PEAKS, to: V4_1_FLASH, ...deepseekRates('0.22', '0.007', '0.66') },
      { from: V4_PEAKS, to: WEEKENDS_OFF, ...EVERY_DAY, ...deepseekRates('0.44', '0.014', '1.32') },
      { from: WEEKENDS_OFF, to: V4_1_FLASH, ...WORKDAYS, ...deepseekRates('0.44', '0.014', '1.32') },
      ...FLASH_V4_1,
    ],
    source: V4_SOURCE,
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'deepseek',
    model: 'deepseek-v4-pro',
    replaces: 'deepseek-v4-pro',
    scope: 'all',
    // The first three days, before a discount that became the price, are in nobody's dated list.
    periods: [
      { from: '2026-04-27', to: V4_PEAKS, ...deepseekRates('0.435', '0.003625', '0.87') },
      { from: V4_PEAKS, ...deepseekRates('0.66', '0.022', '1.98') },
      { from: V4_PEAKS, to: WEEKENDS_OFF, ...EVERY_DAY, ...deepseekRates('1.32', '0.044', '3.96') },
      { from: WEEKENDS_OFF, ...WORKDAYS, ...deepseekRates('1.32', '0.044', '3.96') },
    ],
    source: V4_SOURCE,
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'deepseek',
    model: 'deepseek-flash',
    replaces: null,
    scope: 'all',
    periods: FLASH_V4_1,
    source: V4_SOURCE,
    checkedOn: CHECKED_ON,
  },
];
