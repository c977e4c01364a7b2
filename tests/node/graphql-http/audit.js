// Runs every audit against the URL given and prints one JSON object for each.
import { serverAudits } from "graphql-http";

for (const { id, name, fn } of serverAudits({ url: process.argv[2] })) {
  const { status, reason } = await fn();
  console.log(JSON.stringify({ id, name, status, reason }));
}
