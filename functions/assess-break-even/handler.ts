import middy from '@middy/core';
import { type AssessReport, assessAllTenants } from '../../lib/app/assess-break-even.ts';
import { createAlerting } from '../shared/alerting.ts';

const ports = createAlerting(process.env);

/** Runs daily. A run that was cut short is made good by the next: each profile goes on where it stands. */
export const handler = middy<unknown, readonly AssessReport[]>().handler(() => assessAllTenants(ports));
