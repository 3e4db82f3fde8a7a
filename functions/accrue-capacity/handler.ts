import middy from '@middy/core';
import { type AccrualReport, accrueAllTenants } from '../../lib/app/capacity/accrue-capacities.ts';
import { wireAccrual } from '../shared/accrual.ts';
import { createDeadline } from '../shared/alerting.ts';
import { createTable } from '../shared/create-table.ts';
import { REAL_SURROUNDINGS } from '../shared/outside.ts';
import { bundledCatalogInForce } from '../shared/repricing.ts';

const ports = wireAccrual(createTable(process.env), REAL_SURROUNDINGS, bundledCatalogInForce());
const drawDeadlineMs = createDeadline(process.env);

/** Runs hourly, because days end at another hour in every zone. A run that was cut short is made good by the next. */
export const handler = middy<unknown, readonly AccrualReport[]>().handler(() =>
  accrueAllTenants(ports, drawDeadlineMs()),
);
