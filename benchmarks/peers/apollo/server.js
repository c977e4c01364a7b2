// Apollo Server with datasource-rest, a DataLoader for agents and, when hot, its response cache.
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { RESTDataSource } from '@apollo/datasource-rest';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl';
import responseCache from '@apollo/server-plugin-response-cache';
import { startStandaloneServer } from '@apollo/server/standalone';
import DataLoader from 'dataloader';
import { resolvers, typeDefs } from './resolvers.js';

const { PORT, UPSTREAM, TEMPERATURE } = process.env;
const REMEMBERED = TEMPERATURE === 'cold' ? undefined : { ttl: 300 };
const plugin = responseCache.default ?? responseCache;

class Retell extends RESTDataSource {
  baseURL = UPSTREAM;
  agents = new DataLoader((keys) => Promise.all(keys.map((key) => this.agentOf(...key.split(' ')))));

  willSendRequest(_path, request) {
    request.headers.authorization = 'Bearer key_bench';
  }

  // DataLoader shares already; sharing here would copy every body.
  requestDeduplicationPolicyFor() {
    return { policy: 'do-not-deduplicate' };
  }

  // Its own key leaves the body out: every list would be the first one that was asked for.
  cacheKeyFor(url, request) {
    const key = super.cacheKeyFor(url, request);
    return request.method === 'POST' ? `${key} ${request.body}` : key;
  }

  read(path, params) {
    return this.get(path, { params, cacheOptions: REMEMBERED });
  }

  call(id) {
    return this.read(`/v2/get-call/${encodeURIComponent(id)}`);
  }

  calls(body) {
    return this.post('/v3/list-calls', { body, cacheOptions: REMEMBERED });
  }

  agent(id, version) {
    return this.agents.load(`${id} ${version}`);
  }

  agentOf(id, version) {
    return this.read(`/get-agent/${encodeURIComponent(id)}`, { version });
  }

  concurrency() {
    return this.read('/get-concurrency');
  }

  account() {
    return this.read('/get-api-key-info');
  }
}

const hot = TEMPERATURE === 'hot';
const cache = new InMemoryLRUCache({ maxSize: 512 * 1024 * 1024 });
const server = new ApolloServer({
  typeDefs,
  resolvers: resolvers(),
  cache,
  csrfPrevention: true,
  introspection: false,
  stopOnTerminationSignals: true,
  plugins: hot ? [ApolloServerPluginCacheControl({ defaultMaxAge: 300 }), plugin()] : [],
});
await startStandaloneServer(server, {
  listen: { port: Number(PORT), host: '127.0.0.1' },
  context: async () => ({ retell: new Retell({ cache }) }),
});
