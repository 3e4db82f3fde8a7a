/** Every role that a key may have. A role that is not here fails the test that compares it with the code's. */
export const EVERY_ROLE = ['emitter', 'reader', 'admin', 'org-reader', 'org-admin'] as const;

/** One role of {@link EVERY_ROLE}. */
export type TestedRole = (typeof EVERY_ROLE)[number];

/** Everybody who may ask: without a key, with one that is none, was never made, is over, was taken away, or is good. */
export const CREDENTIALS = ['nobody', 'no key', 'unknown key', 'expired key', 'revoked key', ...EVERY_ROLE] as const;

/** One of {@link CREDENTIALS}. */
export type Who = (typeof CREDENTIALS)[number];

const ALL: readonly TestedRole[] = EVERY_ROLE;
const SENDS: readonly TestedRole[] = ['emitter', 'admin', 'org-admin'];
const READS: readonly TestedRole[] = ['reader', 'admin', 'org-reader', 'org-admin'];
const CHANGES: readonly TestedRole[] = ['admin', 'org-admin'];
const ORGANISES: readonly TestedRole[] = ['org-admin'];

/**
 * Who may do what: written by hand, and nowhere derived from the code. `anybody` needs no key. The roles are those of
 * keys of one tenant of several, so what an admin may only where there is one tenant is not an admin's here.
 */
export const PERMISSIONS: Readonly<Record<string, readonly TestedRole[] | 'anybody'>> = {
  'POST /v1/events': SENDS,
  'POST /v1/imports': CHANGES,
  'POST /v1/traces': SENDS,
  'POST /v1/entries/status': ALL,
  'GET /v1/spend': READS,
  'GET /v1/performance': READS,
  'GET /v1/forecast': READS,
  'GET /v1/break-even': READS,
  'POST /v1/break-even': READS,
  'GET /v1/recommendation': READS,
  'POST /v1/recommendation': READS,
  'POST /v1/what-if': READS,
  'POST /v1/estimates': READS,
  'GET /v1/reference-rows': READS,
  'POST /v1/reference-rows': CHANGES,
  'DELETE /v1/reference-rows/{id}': CHANGES,
  'GET /v1/planned-changes': READS,
  'POST /v1/planned-changes': CHANGES,
  'DELETE /v1/planned-changes/{id}': CHANGES,
  'GET /v1/anomalies': READS,
  'POST /v1/anomalies/{id}/confirm': CHANGES,
  'POST /v1/anomalies/{id}/dismiss': CHANGES,
  'GET /v1/anomaly-settings': READS,
  'PUT /v1/anomaly-settings': CHANGES,
  'GET /v1/entries': READS,
  'GET /v1/entries/{id}': READS,
  'GET /v1/entries/{id}/explain': READS,
  'GET /v1/budgets': READS,
  'POST /v1/budgets': CHANGES,
  'PUT /v1/budgets/{name}': CHANGES,
  'POST /v1/budgets/apply': CHANGES,
  'GET /v1/budgets/report': READS,
  'GET /v1/budgets/check': READS,
  'DELETE /v1/budgets/{name}': CHANGES,
  'GET /v1/alert-rules': READS,
  'GET /v1/alert-rules/{name}': READS,
  'PUT /v1/alert-rules/{name}': CHANGES,
  'DELETE /v1/alert-rules/{name}': CHANGES,
  'GET /v1/alert-rule-checks': READS,
  'GET /v1/alerts': READS,
  'GET /v1/alerts/{id}': READS,
  'POST /v1/alerts/{id}/acknowledge': CHANGES,
  'POST /v1/alerts/{id}/snooze': CHANGES,
  'DELETE /v1/alerts/{id}/snooze': CHANGES,
  'POST /v1/alerts/test': CHANGES,
  'GET /v1/subscriptions': CHANGES,
  'POST /v1/subscriptions': CHANGES,
  'DELETE /v1/subscriptions/{id}': CHANGES,
  'GET /v1/schemas/alert': 'anybody',
  'GET /v1/catalog/overrides': READS,
  'POST /v1/catalog/overrides': CHANGES,
  'DELETE /v1/catalog/overrides/{number}': CHANGES,
  'GET /v1/catalog/models/{provider}/{model}': READS,
  'GET /v1/capacities': READS,
  'GET /v1/capacities/{name}': READS,
  'PUT /v1/capacities/{name}': CHANGES,
  'DELETE /v1/capacities/{name}': CHANGES,
  'GET /v1/capacities/{name}/use': READS,
  'POST /v1/capacities/{name}/accruals': CHANGES,
  'POST /v1/corrections': CHANGES,
  'POST /v1/corrections/preview': CHANGES,
  'GET /v1/corrections': READS,
  'GET /v1/corrections/{number}': READS,
  'POST /v1/corrections/{number}/run': CHANGES,
  'POST /v1/credits': CHANGES,
  'GET /v1/migrations': READS,
  'PUT /v1/migrations/{name}': CHANGES,
  'PATCH /v1/migrations/{name}': CHANGES,
  'DELETE /v1/migrations/{name}': CHANGES,
  'POST /v1/audits': READS,
  'POST /v1/rebuilds': CHANGES,
  'GET /v1/rejects': READS,
  'GET /v1/rejects/histogram': READS,
  'GET /v1/rejects/{id}': READS,
  'GET /v1/rejects/{id}/raw': CHANGES,
  'POST /v1/rejects/redrive': CHANGES,
  'GET /v1/dead-letters': READS,
  'POST /v1/dead-letters/redrive': ORGANISES,
  'GET /v1/status': READS,
  'GET /v1/keys': CHANGES,
  'POST /v1/keys': CHANGES,
  'DELETE /v1/keys/{id}': CHANGES,
  'GET /v1/tenants': READS,
  'POST /v1/tenants': ORGANISES,
  'PATCH /v1/tenants/{tenant}': CHANGES,
  'GET /v1/admin-records': ['admin', 'org-reader', 'org-admin'],
  'GET /v1/health': 'anybody',
  'GET /v1/openapi.json': 'anybody',
};
