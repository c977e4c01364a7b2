// graphql-ws, graphql-sse, and Apollo Client and urql over graphql-ws, against the gateway itself.
// Prints one JSON object for each thing that it saw.
import { ApolloClient, InMemoryCache, gql } from "@apollo/client";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, subscriptionExchange } from "@urql/core";
import { createClient as createSse } from "graphql-sse";
import { createClient as createWs } from "graphql-ws";
import WebSocket from "ws";

const [url, key, callId] = process.argv.slice(2);
const wsUrl = url.replace("http:", "ws:");
const authorization = `Bearer ${key}`;
const print = (what, seen) => console.log(JSON.stringify({ what, seen }));
const connect = (connectionParams, more) =>
  createWs({ url: wsUrl, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, ...more });

const answers = (client, payload) =>
  new Promise((resolve) => {
    const seen = [];
    client.subscribe(payload, {
      next: (answer) => seen.push(answer),
      error: (error) => resolve({ seen, error }),
      complete: () => resolve({ seen }),
    });
  });
const codes = (errors) => errors.map(({ extensions }) => extensions.code);

const ACCOUNT = "{ account { orgName } }";
const CALL = "query Call($id: ID!) { call(callId: $id) { callId } }";
const UPDATE = "mutation ($input: UpdateCallInput!) { updateCall(input: $input) { call { metadata } } }";
const DEFERRED = `query ($id: ID!) { call(callId: $id) { callId ... @defer(label: "later") { agent { agentId } } } }`;
const variables = { id: callId };
const input = { callId, metadata: { seen: true } };

const ws = connect({ authorization });
const sse = createSse({ url, headers: { authorization }, retryAttempts: 0 });
for (const [name, client] of [
  ["graphql-ws", ws],
  ["graphql-sse", sse],
]) {
  print(`${name} query`, (await answers(client, { query: ACCOUNT })).seen);
  print(`${name} variables`, (await answers(client, { query: CALL, variables })).seen[0].data.call.callId === callId);
  print(`${name} mutation`, (await answers(client, { query: UPDATE, variables: { input } })).seen[0].data);
  const refused = await answers(client, { query: "{ nothing }" });
  print(`${name} refused`, codes(refused.error ?? refused.seen[0].errors));
  const failed = await answers(client, { query: '{ call(callId: "../x") { callId } }' });
  print(`${name} field error`, [failed.seen[0].data, codes(failed.seen[0].errors)]);
  const deferred = await answers(client, { query: DEFERRED, variables });
  print(`${name} defer`, deferred.seen.map(({ hasNext }) => hasNext ?? null));
}
const together = await Promise.all([1, 2, 3].map(() => answers(ws, { query: ACCOUNT })));
print("graphql-ws at once", together.map(({ seen }) => seen.length));

let pongs = 0;
const pinging = connect({ authorization }, { lazy: false, keepAlive: 20, on: { pong: () => pongs++ } });
while (pongs < 2) await new Promise((resolve) => setTimeout(resolve, 5));
print("graphql-ws pongs", true);
await pinging.dispose();

for (const [what, params, more] of [
  ["no key", undefined],
  ["a key elsewhere", { token: key }],
  ["a key in the URL", undefined, { url: `${wsUrl}?authorization=${encodeURIComponent(authorization)}` }],
]) {
  const { error } = await answers(connect(params, more), { query: ACCOUNT });
  print(`graphql-ws ${what}`, [error.code, error.reason]);
}
const stranger = await answers(createSse({ url, retryAttempts: 0 }), { query: ACCOUNT });
print("graphql-sse no key", stranger.error.response.status);

const apolloOver = (client, incrementalHandler = new Defer20220824Handler()) =>
  new ApolloClient({
    link: new GraphQLWsLink(client),
    cache: new InMemoryCache(),
    incrementalHandler,
  });
const watched = (client) =>
  new Promise((resolve, reject) => {
    const states = [];
    client.watchQuery({ query: gql(DEFERRED), variables }).subscribe({
      next: ({ data, dataState }) => {
        if (data) states.push([dataState, "agent" in data.call]);
        if (dataState === "complete") resolve(states);
      },
      error: reject,
    });
  });
const inParts = connect({ authorization, accept: "multipart/mixed;deferSpec=20220824" });
print("apollo query", (await apolloOver(ws).query({ query: gql(ACCOUNT) })).data);
print("apollo mutation", (await apolloOver(ws).mutate({ mutation: gql(UPDATE), variables: { input } })).data.updateCall.call.metadata);
print("apollo defer at once", await watched(apolloOver(ws)));
print("apollo defer in parts", await watched(apolloOver(inParts)));
const current = connect({ authorization, accept: "multipart/mixed" });
print("apollo newer defer in parts", await watched(apolloOver(current, new GraphQL17Alpha9Handler())));

const urqlOver = (client) =>
  new Client({
    url,
    exchanges: [
      subscriptionExchange({
        enableAllSubscriptions: true,
        enableAllOperations: true,
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({ unsubscribe: client.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  });
const seenBy = (client) =>
  new Promise((resolve) => {
    const states = [];
    const { unsubscribe } = client.query(DEFERRED, variables).subscribe(({ data, hasNext }) => {
      states.push([hasNext, "agent" in data.call]);
      if (!hasNext) {
        unsubscribe?.();
        resolve(states);
      }
    });
  });
print("urql query", (await urqlOver(ws).query(ACCOUNT, {}).toPromise()).data);
print("urql defer in parts", await seenBy(urqlOver(inParts)));

for (const client of [ws, inParts, current]) await client.dispose();
sse.dispose();
