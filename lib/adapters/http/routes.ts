import type { Route } from './route.ts';
import { alertRoutes } from './routes/alert-routes.ts';
import { anomalyDecisionRoutes } from './routes/anomaly-decision-routes.ts';
import { anomalyRoutes } from './routes/anomaly-routes.ts';
import { auditRoutes } from './routes/audit-routes.ts';
import { breakEvenRoutes } from './routes/break-even-routes.ts';
import { budgetRoutes } from './routes/budget-routes.ts';
import { budgetUseRoutes } from './routes/budget-use-routes.ts';
import { capacityRoutes } from './routes/capacity-routes.ts';
import { catalogRoutes } from './routes/catalog-routes.ts';
import { correctionRoutes } from './routes/correction-routes.ts';
import { creditRoutes } from './routes/credit-routes.ts';
import { deadLetterRoutes } from './routes/dead-letter-routes.ts';
import { entryRoutes } from './routes/entry-routes.ts';
import { estimateRoutes } from './routes/estimate-routes.ts';
import { forecastRoutes } from './routes/forecast-routes.ts';
import { intakeRoutes } from './routes/intake-routes.ts';
import { keyRoutes } from './routes/key-routes.ts';
import { migrationRoutes } from './routes/migration-routes.ts';
import { operationRoutes } from './routes/operation-routes.ts';
import { performanceRoutes } from './routes/performance-routes.ts';
import { plannedChangeRoutes } from './routes/planned-change-routes.ts';
import { recommendationRoutes } from './routes/recommendation-routes.ts';
import { recordRoutes } from './routes/record-routes.ts';
import { referenceRoutes } from './routes/reference-routes.ts';
import { rejectRoutes } from './routes/reject-routes.ts';
import { ruleRoutes } from './routes/rule-routes.ts';
import { spendRoutes } from './routes/spend-routes.ts';
import { subscriptionRoutes } from './routes/subscription-routes.ts';
import { tenantRoutes } from './routes/tenant-routes.ts';
import { traceRoutes } from './routes/trace-routes.ts';
import { whatIfRoutes } from './routes/what-if-routes.ts';

/** Every route of the API. What is not here does not exist, and what is here is in its OpenAPI description. */
export const ROUTES: readonly Route[] = [
  ...intakeRoutes,
  ...traceRoutes,
  ...spendRoutes,
  ...performanceRoutes,
  ...forecastRoutes,
  ...plannedChangeRoutes,
  ...breakEvenRoutes,
  ...anomalyRoutes,
  ...anomalyDecisionRoutes,
  ...entryRoutes,
  ...budgetRoutes,
  ...budgetUseRoutes,
  ...ruleRoutes,
  ...alertRoutes,
  ...subscriptionRoutes,
  ...catalogRoutes,
  ...capacityRoutes,
  ...referenceRoutes,
  ...correctionRoutes,
  ...creditRoutes,
  ...migrationRoutes,
  ...whatIfRoutes,
  ...estimateRoutes,
  ...recommendationRoutes,
  ...auditRoutes,
  ...rejectRoutes,
  ...deadLetterRoutes,
  ...keyRoutes,
  ...tenantRoutes,
  ...recordRoutes,
  ...operationRoutes,
];
