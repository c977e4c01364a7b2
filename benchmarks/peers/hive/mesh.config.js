// Composes the upstream's REST endpoints into a supergraph, by Retell's own names: the naming is
// the configuration's, and a document that aliases every field costs Hive less than renaming.
import { readFileSync } from 'node:fs';
import { defineConfig } from '@graphql-mesh/compose-cli';
import { loadJSONSchemaSubgraph } from '@omnigraph/json-schema';
import { parse } from 'graphql';

const types = new Map(
  parse(readFileSync('schema.graphql', 'utf8'))
    .definitions.filter((type) => type.kind === 'ObjectTypeDefinition')
    .map((type) => [type.name.value, type]),
);
const LEAVES = { Int: 'integer', Float: 'number', Boolean: 'boolean', DateTime: 'number' };
const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function typeSchema(type) {
  if (type.kind === 'NonNullType') return typeSchema(type.type);
  if (type.kind === 'ListType') return { type: 'array', items: typeSchema(type.type) };
  const name = type.name.value;
  if (name === 'JSON') return {};
  return types.has(name) ? objectSchema(name) : { type: LEAVES[name] ?? 'string' };
}

function objectSchema(name) {
  const fields = types.get(name).fields.filter(({ name: { value } }) => value !== 'agent');
  const properties = fields.map(({ name: field, type }) => [snakeCase(field.value), typeSchema(type)]);
  return { type: 'object', title: name, properties: Object.fromEntries(properties) };
}

const text = { type: 'string' };
const NUMBER_FILTER = {
  type: 'object',
  title: 'FilterCriteria',
  properties: {
    from_number: {
      type: 'object',
      title: 'StringFilter',
      properties: { type: text, op: text, value: text },
    },
  },
};

export const composeConfig = defineConfig({
  output: 'supergraph.graphql',
  subgraphs: [
    {
      sourceHandler: loadJSONSchemaSubgraph('retell', {
        endpoint: process.env.UPSTREAM,
        operationHeaders: { authorization: 'Bearer key_bench' },
        operations: [
          {
            type: 'Query',
            field: 'call',
            path: '/v2/get-call/{args.callId}',
            method: 'GET',
            argTypeMap: { callId: text },
            responseSchema: objectSchema('Call'),
          },
          {
            type: 'Query',
            field: 'calls',
            path: '/v3/list-calls',
            method: 'POST',
            requestSchema: {
              type: 'object',
              title: 'ListCalls',
              properties: {
                limit: { type: 'integer' },
                sort_order: text,
                filter_criteria: NUMBER_FILTER,
              },
            },
            responseSchema: {
              type: 'object',
              title: 'CallPage',
              properties: { items: { type: 'array', items: objectSchema('Call') } },
            },
          },
          {
            type: 'Query',
            field: 'agent_by_id',
            path: '/get-agent/{args.agent_id}?version={args.version}',
            method: 'GET',
            argTypeMap: { agent_id: text, version: { type: 'integer' } },
            responseSchema: objectSchema('Agent'),
          },
          {
            type: 'Query',
            field: 'concurrency',
            path: '/get-concurrency',
            method: 'GET',
            responseSchema: objectSchema('Concurrency'),
          },
          {
            type: 'Query',
            field: 'account',
            path: '/get-api-key-info',
            method: 'GET',
            responseSchema: objectSchema('Account'),
          },
        ],
      }),
    },
  ],
  additionalTypeDefs: `
    extend type Call {
      agent: Agent
        @resolveTo(
          sourceName: "retell"
          sourceTypeName: "Query"
          sourceFieldName: "agent_by_id"
          requiredSelectionSet: "{ agent_id agent_version }"
          sourceArgs: { agent_id: "{root.agent_id}", version: "{root.agent_version}" }
        )
    }
  `,
});
