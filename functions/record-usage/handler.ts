import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { recordUsage } from '../../lib/app/recording/record-usage.ts';
import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import { ENVIRONMENT } from '../../lib/contracts/environment.ts';
import { failedMessagesAsBatchResponse, toBatchResponse } from '../shared/failed-messages.ts';
import { createOutside } from '../shared/outside.ts';
import { readSenders } from '../shared/queues.ts';
import { readText } from '../shared/read-environment.ts';
import { RECORD_RESERVE_MS, wireRecording } from '../shared/recording.ts';
import { toUsageMessage } from '../shared/usage-message.ts';

const importQueueArn = readText(process.env, ENVIRONMENT.importQueueArn);
const ports = wireRecording(createOutside(process.env), {
  catalog: bundledCatalog(),
  senders: readSenders(process.env),
  warn: (message, cause) => console.warn(JSON.stringify({ level: 'warn', message, cause: String(cause) })),
});

/** Records the usage events of a batch of messages; answers which messages must come again. */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(failedMessagesAsBatchResponse())
  .handler(async (event, context) => {
    const deadlineMs = Date.now() + context.getRemainingTimeInMillis() - RECORD_RESERVE_MS;
    return toBatchResponse(
      await recordUsage(
        ports,
        event.Records.map((record) => toUsageMessage(record, importQueueArn)),
        deadlineMs,
      ),
    );
  });
