import { defineConfig } from '@graphql-hive/gateway';
import { useDeduplicateRequest } from '@graphql-hive/plugin-deduplicate-request';

const hot = process.env.TEMPERATURE === 'hot';

export const gatewayConfig = defineConfig({
  supergraph: './supergraph.graphql',
  host: '127.0.0.1',
  port: Number(process.env.PORT),
  fork: 1,
  jit: true,
  plugins: (context) => [useDeduplicateRequest(context)],
  logging: 'error',
  graphiql: false,
  landingPage: false,
  pollingInterval: 3_600_000,
  ...(hot ? { cache: { type: 'localforage' }, responseCaching: { session: () => null, ttl: 300_000 } } : {}),
});
