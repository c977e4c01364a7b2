// Apollo Client as it comes. Prints one JSON object for each thing that it saw.
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";

const [url] = process.argv.slice(2);
const print = (what, seen) => console.log(JSON.stringify({ what, seen }));
const connect = (incrementalHandler) =>
  new ApolloClient({
    link: new HttpLink({ uri: url }),
    cache: new InMemoryCache(),
    ...(incrementalHandler && { incrementalHandler }),
  });

const client = connect();
const hello = gql`
  query Hello($name: String) {
    hello(name: $name)
  }
`;
print("query", (await client.query({ query: hello })).data);
print("variables", (await client.query({ query: hello, variables: { name: "you" } })).data);
const greet = gql`
  mutation {
    greet(name: "you")
  }
`;
print("mutation", (await client.mutate({ mutation: greet })).data);
for (const [what, query] of [
  ["field error", gql`{ hello missing }`],
  ["refused", gql`{ nothing }`],
]) {
  const { data, error } = await client.query({ query, errorPolicy: "all" });
  print(what, { data, error: { name: error.name, messages: error.errors.map((e) => e.message) } });
}

const deferred = gql`
  {
    person {
      id
      name
      ... @defer(label: "later") {
        born
      }
    }
  }
`;
for (const [what, handler] of [
  ["deferSpec=20220824", new Defer20220824Handler()],
  ["incrementalSpec=v0.2", new GraphQL17Alpha9Handler()],
]) {
  const parts = [];
  await new Promise((resolve, reject) => {
    connect(handler)
      .watchQuery({ query: deferred })
      .subscribe({
        next: ({ data, dataState }) => {
          if (data) parts.push({ data, dataState });
          if (dataState === "complete") resolve();
        },
        error: reject,
      });
  });
  print(what, parts);
}
