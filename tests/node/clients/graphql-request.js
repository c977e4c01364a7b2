// graphql-request as it comes. Prints one JSON object for each thing that it saw.
import { GraphQLClient } from "graphql-request";

const [url] = process.argv.slice(2);
const print = (what, seen) => console.log(JSON.stringify({ what, seen }));
const client = new GraphQLClient(url);
const hello = "query Hello($name: String) { hello(name: $name) }";

print("query", await client.request(hello));
print("variables", await client.request(hello, { name: "you" }));
print("mutation", await client.request('mutation { greet(name: "you") }'));
for (const [what, query] of [
  ["field error", "{ hello missing }"],
  ["refused", "{ nothing }"],
]) {
  try {
    print(what, await client.request(query));
  } catch ({ response: { status, data, errors } }) {
    print(what, { status, data, errors: errors.map(({ message }) => message) });
  }
}
