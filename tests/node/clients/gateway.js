// The three clients as they come, over the gateway itself. Prints one JSON object for each thing seen.
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { Defer20220824Handler } from "@apollo/client/incremental";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { createHash } from "node:crypto";
import { GraphQLClient } from "graphql-request";

const [url] = process.argv.slice(2);
const print = (what, seen) => console.log(JSON.stringify({ what, seen }));

const apollo = new ApolloClient({
  link: new HttpLink({ uri: url }),
  cache: new InMemoryCache(),
  incrementalHandler: new Defer20220824Handler(),
});
const PAGE = gql`
  query Page($first: Int!, $after: String, $filter: CallFilter) {
    calls(first: $first, after: $after, filter: $filter) {
      pageInfo { endCursor }
      nodes { id callId agent { id agentName } }
    }
  }
`;
const page = async (after) => {
  const variables = { first: 3, after, filter: { callStatus: ["ENDED"] } };
  return (await apollo.query({ query: PAGE, variables })).data.calls;
};
const first = await page(null);
const second = await page(first.pageInfo.endCursor);
print("apollo pages", [...first.nodes, ...second.nodes].map(({ callId }) => callId));
print("apollo normalises", Object.keys(apollo.extract()).filter((key) => key.startsWith("PhoneCall:")).length);

const TRANSCRIPTS = gql`
  query Transcripts {
    calls(first: 2, filter: { callStatus: [ENDED] }) {
      nodes { id ... @defer { transcriptObject { role content } } }
    }
  }
`;
await new Promise((resolve, reject) =>
  apollo.watchQuery({ query: TRANSCRIPTS }).subscribe({
    next: ({ dataState, data }) => {
      if (dataState !== "complete") return;
      print("apollo defer", data.calls.nodes.map((node) => node.transcriptObject.length > 0));
      resolve();
    },
    error: reject,
  }),
);

const UPDATE = gql`
  mutation Update($input: UpdateCallInput!) {
    updateCall(input: $input) { call { metadata } userErrors { code } }
  }
`;
const input = { callId: first.nodes[0].callId, metadata: { seen: true } };
print("apollo mutation", (await apollo.mutate({ mutation: UPDATE, variables: { input } })).data.updateCall.call.metadata);

const urql = new Client({ url, exchanges: [cacheExchange, fetchExchange] });
const CALL = "query Call($id: ID!) { call(callId: $id) { callId } }";
print("urql", (await urql.query(CALL, { id: input.callId }).toPromise()).data.call.callId === input.callId);
const getting = new Client({ url, preferGetMethod: true, exchanges: [fetchExchange] });
print("urql by GET", (await getting.query("{ account { orgName } }", {}).toPromise()).data.account);

const request = new GraphQLClient(url);
print("graphql-request", await request.request("{ account { orgName } }"));
try {
  await request.request('{ call(callId: "../x") { callId } }');
} catch ({ response: { status, errors } }) {
  print("graphql-request error", { status, code: errors[0].extensions.code });
}

// Automatic persisted queries: what is sent for the same query asked three times by new clients.
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const ACCOUNT = gql`
  query Account {
    account { orgName }
  }
`;
for (const useGETForHashedQueries of [false, true]) {
  const sent = [];
  const watching = async (uri, options) => {
    const response = await fetch(uri, options);
    const texts = options.method === "GET" ? new URL(uri).searchParams.has("query") : "query" in JSON.parse(options.body);
    sent.push([options.method, texts ? "text" : "hash", response.status]);
    return response;
  };
  for (let turn = 0; turn < 3; turn++) {
    const client = new ApolloClient({
      link: new PersistedQueryLink({ sha256, useGETForHashedQueries }).concat(new HttpLink({ uri: url, fetch: watching })),
      cache: new InMemoryCache(),
    });
    const { data } = await client.query({ query: ACCOUNT });
    if (data.account.orgName !== "Sandbox of A") throw new Error(JSON.stringify(data));
  }
  print(`apollo persisted${useGETForHashedQueries ? " by GET" : ""}`, sent);
}
