// The three clients as they come, over the gateway itself. Prints one JSON object for each thing seen.
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { Defer20220824Handler } from "@apollo/client/incremental";
import { Client, cacheExchange, fetchExchange } from "@urql/core";
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
