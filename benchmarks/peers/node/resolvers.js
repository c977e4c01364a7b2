// What Apollo Server and Yoga share: names, enum values and times; how data is fetched is their own.
import { readFileSync } from 'node:fs';
import { GraphQLScalarType, parse } from 'graphql';

export const typeDefs = readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8');

const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

// A resolver only where Retell's name differs: what has none is read the fastest.
function namesAndValues() {
  const resolvers = {};
  for (const type of parse(typeDefs).definitions) {
    const own = {};
    if (type.kind === 'ObjectTypeDefinition' && type.name.value !== 'Query') {
      for (const { name } of type.fields) {
        const key = snakeCase(name.value);
        if (key !== name.value) own[name.value] = (parent) => parent[key];
      }
    } else if (type.kind === 'EnumTypeDefinition') {
      const exact = type.name.value === 'UserSentiment';
      for (const { name } of type.values) {
        const lower = name.value.toLowerCase();
        own[name.value] = exact ? lower[0].toUpperCase() + lower.slice(1) : lower;
      }
    }
    if (Object.keys(own).length) resolvers[type.name.value] = own;
  }
  return resolvers;
}

// `context.retell` has one method for each endpoint.
export function resolvers() {
  const all = namesAndValues();
  all.JSON = new GraphQLScalarType({ name: 'JSON' });
  all.DateTime = new GraphQLScalarType({
    name: 'DateTime',
    serialize: (milliseconds) => new Date(milliseconds).toISOString(),
  });
  all.Call.agent = (call, _, { retell }) => retell.agent(call.agent_id, call.agent_version);
  all.CallConnection = { nodes: (page) => page.items };
  all.Query = {
    call: (_, { callId }, { retell }) => retell.call(callId),
    calls: (_, { first, filter }, { retell }) => retell.calls(listBody(first, filter)),
    concurrency: (_, __, { retell }) => retell.concurrency(),
    account: (_, __, { retell }) => retell.account(),
  };
  return all;
}

function listBody(first, filter) {
  const body = { limit: first, sort_order: 'descending' };
  if (filter?.fromNumber) {
    body.filter_criteria = { from_number: { type: 'string', op: 'eq', value: filter.fromNumber.eq } };
  }
  return body;
}
