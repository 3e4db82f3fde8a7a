const RECOMMENDED = {
  edge: 'TinyLlama',
  production_web: 'OpenAI API',
  cost_sensitive: 'Gemini API',
  dev_test: 'TinyLlama, then cloud APIs',
} as const;

/** The situations of the guide's scenario table. */
export type Scenario = keyof typeof RECOMMENDED;

/** All of them. */
export const SCENARIOS = Object.keys(RECOMMENDED) as readonly Scenario[];

/** What the guide's table names for a situation. @see guide S0 and METHODS of the project, section 5.4 (`scenario`) */
export function recommendForScenario(scenario: Scenario): string {
  return RECOMMENDED[scenario];
}
