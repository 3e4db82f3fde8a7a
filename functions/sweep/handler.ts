import middy from '@middy/core';
import { type SweepReport, sweep } from '../../lib/app/sweep.ts';
import { createAlerting, createDeadline } from '../shared/alerting.ts';

const ports = createAlerting(process.env);
const drawDeadlineMs = createDeadline(process.env);

/** Runs every minute. Its failures are for an alarm: the next run does what this one could not. */
export const handler = middy<unknown, SweepReport>().handler(() => sweep(ports, drawDeadlineMs()));
