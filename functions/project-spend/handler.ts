import middy from '@middy/core';
import { type HourlyReport, runHourly } from '../../lib/app/hourly/run-hourly.ts';
import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import { createDeadline } from '../shared/alerting.ts';
import { wireHourly } from '../shared/hourly.ts';
import { createOutside } from '../shared/outside.ts';

const ports = wireHourly(createOutside(process.env), bundledCatalog());
const drawDeadlineMs = createDeadline(process.env);

/** Runs hourly. A run that fails is repeated within the hour and goes on where it stands. */
export const handler = middy<unknown, HourlyReport>().handler(() => runHourly(ports, drawDeadlineMs()));
