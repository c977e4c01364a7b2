// GraphQL Yoga with graphql-jit, undici, a DataLoader for agents and, when hot, its response cache.
import { createServer } from 'node:http';
import { useGraphQlJit } from '@envelop/graphql-jit';
import { createInMemoryCache, useResponseCache } from '@graphql-yoga/plugin-response-cache';
import DataLoader from 'dataloader';
import { createSchema, createYoga } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import { Pool } from 'undici';
import { resolvers, typeDefs } from './resolvers.js';

const { PORT, UPSTREAM, TEMPERATURE } = process.env;
const HEADERS = { authorization: 'Bearer key_bench' };
const pool = new Pool(UPSTREAM, { connections: 64 });
const remembered = TEMPERATURE === 'cold' ? null : new LRUCache({ max: 10_000, ttl: 300_000 });

async function fetched(method, path, body) {
  const headers = body ? { ...HEADERS, 'content-type': 'application/json' } : HEADERS;
  const answer = await pool.request({ method, path, headers, body });
  if (answer.statusCode !== 200) throw new Error(`Retell answered ${answer.statusCode}`);
  return answer.body.json();
}

async function read(method, path, body) {
  if (!remembered) return fetched(method, path, body);
  const key = body ? `${path} ${body}` : path;
  let answer = remembered.get(key);
  if (answer === undefined) {
    answer = await fetched(method, path, body);
    remembered.set(key, answer);
  }
  return answer;
}

class Retell {
  agents = new DataLoader((paths) => Promise.all(paths.map((path) => read('GET', path))));

  call(id) {
    return read('GET', `/v2/get-call/${encodeURIComponent(id)}`);
  }

  calls(body) {
    return read('POST', '/v3/list-calls', JSON.stringify(body));
  }

  agent(id, version) {
    return this.agents.load(`/get-agent/${encodeURIComponent(id)}?version=${version}`);
  }

  concurrency() {
    return read('GET', '/get-concurrency');
  }

  account() {
    return read('GET', '/get-api-key-info');
  }
}

const plugins = [useGraphQlJit()];
if (TEMPERATURE === 'hot') {
  const cache = createInMemoryCache({ max: 10_000 });
  plugins.push(useResponseCache({ session: () => null, ttl: 300_000, cache }));
}
const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers: resolvers() }),
  context: () => ({ retell: new Retell() }),
  plugins,
  graphiql: false,
  landingPage: false,
  logging: 'error',
  maskedErrors: true,
});
createServer(yoga).listen(Number(PORT), '127.0.0.1');
