import { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import { type SweepReport, sweep } from '../../lib/app/sweep.ts';
import { createDeadline } from '../shared/alerting.ts';
import { createOutside } from '../shared/outside.ts';
import { createReturnPaths, createUsageQueues } from '../shared/queues.ts';
import { bundledCatalogInForce } from '../shared/repricing.ts';
import { wireSweep } from '../shared/sweeping.ts';

const sqs = new SQSClient({});
const ports = wireSweep(
  createOutside(process.env),
  bundledCatalogInForce(),
  createReturnPaths(process.env, sqs),
  createUsageQueues(process.env, sqs),
);
const drawDeadlineMs = createDeadline(process.env);

/** Runs every minute. Its failures are for an alarm: the next run does what this one could not. */
export const handler = middy<unknown, SweepReport>().handler(() => sweep(ports, drawDeadlineMs()));
