// urql as it comes. Prints one JSON object for each thing that it saw.
import { Client, fetchExchange, gql } from "@urql/core";

const [url] = process.argv.slice(2);
const print = (what, seen) => console.log(JSON.stringify({ what, seen }));
const shown = ({ data, error }) => ({
  data,
  errors: error?.graphQLErrors.map(({ message }) => message),
});

for (const preferGetMethod of [false, true]) {
  const client = new Client({ url, exchanges: [fetchExchange], preferGetMethod });
  const by = preferGetMethod ? "get" : "post";
  const hello = gql`query Hello($name: String) { hello(name: $name) }`;
  print(`query by ${by}`, shown(await client.query(hello, {})));
  print(`variables by ${by}`, shown(await client.query(hello, { name: "you" })));
  print(`mutation by ${by}`, shown(await client.mutation(gql`mutation { greet(name: "you") }`, {})));
  print(`field error by ${by}`, shown(await client.query(gql`{ hello missing }`, {})));
  print(`refused by ${by}`, shown(await client.query(gql`{ nothing }`, {})));
}

const client = new Client({ url, exchanges: [fetchExchange], preferGetMethod: false });
const parts = [];
await new Promise((resolve) => {
  client
    .query(gql`{ person { id ... @defer(label: "later") { born } } }`, {})
    .subscribe((result) => {
      parts.push({ ...shown(result), hasNext: result.hasNext });
      if (!result.hasNext) resolve();
    });
});
print("defer", parts);
