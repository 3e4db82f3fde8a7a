/** A difference between an amount of ours and the library's, `provider name day units: ours, theirs`. */
export interface Explanation {
  readonly where: RegExp;
  readonly why: string;
}

/** Where our amounts differ from the library's on purpose. Every entry must match some difference of today's data. */
export const EXPLAINED: readonly Explanation[] = [
  {
    where: /^(?:anthropic|google) (?:anthropic\/)?claude-(?:sonnet-4(?:-0)?|4-sonnet) /,
    why: 'Sonnet 4 costs twice as much above 200,000 input tokens, as Sonnet 4.5 does',
  },
  {
    where: /^aws global\.anthropic\.claude-sonnet-4-(?:20250514|5-20250929)-v1:0 /,
    why: 'Bedrock has the same long-context rates as the vendor',
  },
  {
    where: /^azure (?:phi-[34](?:-m|-reasoning-plus| )|phi-3\.5-mini-128k-instruct |wizardlm-)/,
    why: 'the library has the rates of other hosts; Azure sells Phi at its own and WizardLM not at all',
  },
  {
    where: /^deepseek deepseek-(?:chat|reasoner|v4-flash|v4-pro) /,
    why: 'the library applies hours of the day without the dates and weekdays on which they held',
  },
  {
    where: /^deepseek deepseek-(?:chat-v3-0324|r1-0528|v3\.)/,
    why: 'no name that DeepSeek sells under; the rates are those of other hosts',
  },
  {
    where: /^groq openai\/gpt-oss-safeguard-20b /,
    why: 'the library counts it among the names of the 120B model, which costs twice as much',
  },
  {
    where: /^mistral (?:mistral-(?:large|small)-latest|mistral-medium) /,
    why: 'a moving name: it meant other models on other days',
  },
  {
    where: /^mistral (?:mistral-small-(?:24b|3\.[12]-24b)-instruct|mixtral-8x22b-instruct)/,
    why: 'names and rates of other hosts',
  },
  { where: /^openai ft:gpt-3\.5-turbo- /, why: 'a beginning, not a name that calls report' },
  { where: /^openai (?:gpt-3\.5-turbo|gpt-4o) 2024/, why: 'a moving name: it meant a dearer model then' },
  {
    where: /^openai gpt-4o-mini-search-preview(?:-2025-03-11)? /,
    why: 'the library counts it among the names of gpt-4o-mini, whose cached input and searches cost otherwise',
  },
  {
    where: /^openai gpt-(?:5[.-][456]|6-astra)[^ ]* \S+ \{"input_tokens":72000,"cache_read_tokens":200000,/,
    why: "exactly 272,000 tokens are not more than 272,000, as the models' pages word it",
  },
  {
    where: /^openrouter google\/gemini-2\.5-flash /,
    why: 'cached tokens as they were charged, not as they were listed',
  },
  { where: /^openrouter openai\/gpt-5\.6-sol 202/, why: 'the library carries a later price back to the launch' },
  { where: /^together mistralai\/Mixtral-8x7B-Instruct-v0\.1 /, why: 'an old price' },
  { where: /^openai gpt-oss-/, why: 'OpenAI does not sell its open weights; the rates are those of other hosts' },
  { where: /^openai o1-mini(?:-2024-09-12)? 2024/, why: 'cost 3 and 12 until the cut of 2025-01-31' },
  { where: /^openai o3(?:-2025-04-16)? 202[45]/, why: 'a cached token was a quarter of the old price before the cut' },
  {
    where: /^perplexity sonar(?:-pro|-reasoning|-reasoning-pro)? /,
    why: 'a request has a fee that hangs on how much was searched, which no token count tells: partially priced',
  },
  { where: /^x-ai grok-4(?:-|\.20-multi-agent | )/, why: 'dearer from 128,000 or 200,000 input tokens on' },
];
