import { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { createGatewayHandler } from '../../lib/adapters/http/gateway.ts';
import { createApi } from '../../lib/adapters/http/serve.ts';
import { createApiPorts } from '../shared/api-ports.ts';

const answer = createGatewayHandler(createApi(createApiPorts(process.env, new SQSClient({}))));

export const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>().handler(
  (event: APIGatewayProxyEventV2) => answer(event),
);
