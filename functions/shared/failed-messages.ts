import type { MiddlewareObj } from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';

/** Answers SQS with the messages to deliver again; when the handler itself fails, that is every one. */
export function failedMessagesAsBatchResponse(): MiddlewareObj<SQSEvent, SQSBatchResponse> {
  return {
    onError: (request) => {
      console.error(JSON.stringify({ level: 'error', message: 'the batch goes back', error: String(request.error) }));
      request.response = toBatchResponse(request.event.Records.map(({ messageId }) => messageId));
    },
  };
}

/** The partial batch response that names messages. */
export function toBatchResponse(messageIds: readonly string[]): SQSBatchResponse {
  return { batchItemFailures: messageIds.map((itemIdentifier) => ({ itemIdentifier })) };
}
