// What front ends make of a schema: `node check.js SCHEMA EXAMPLE...`, a JSON line for each tool.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import { preset } from '@graphql-codegen/client-preset';
import eslintPlugin from '@graphql-eslint/eslint-plugin';
import { diff } from '@graphql-inspector/core';
import { ESLint } from 'eslint';
import { buildSchema, parse } from 'graphql';
import relay from 'relay-compiler';

const [file, ...examples] = process.argv.slice(2);
const sdl = readFileSync(file, 'utf8');
const schema = buildSchema(sdl);
const say = (tool, seen) => console.log(JSON.stringify({ what: tool, seen }));

// graphql-eslint: all rules for schemas and for Relay, but for what is meant to be otherwise.
const OTHERWISE = {
  // Names are Retell's: `Call.callId`, beside the global `id`.
  '@graphql-eslint/no-typename-prefix': 'off',
  // Values have no id of their own; what has one is a Node.
  '@graphql-eslint/strict-id-in-types': 'off',
  // Retell pages forward only; short lists are lists, and what is told in short has no id.
  '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
  '@graphql-eslint/relay-edge-types': [
    'error',
    { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false },
  ],
  // `@oneOf` is GraphQL's own.
  '@graphql-eslint/require-description': ['error', { types: true, rootField: true }],
};
const { configs } = eslintPlugin;
const eslint = new ESLint({
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ['**/*.graphql'],
      plugins: { '@graphql-eslint': eslintPlugin },
      languageOptions: {
        parser: eslintPlugin.parser,
        parserOptions: { graphQLConfig: { schema: 'schema.graphql' } },
      },
      rules: {
        ...configs['flat/schema-recommended'].rules,
        ...configs['flat/schema-relay'].rules,
        ...OTHERWISE,
      },
    },
  ],
});
writeFileSync('schema.graphql', sdl);
const linted = await eslint.lintFiles('schema.graphql');
say(
  'graphql-eslint',
  linted.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId}: ${message}`)),
);

// graphql-codegen, as strict as it can be about scalars, over every example.
const documents = examples.map((location) => {
  const rawSDL = readFileSync(location, 'utf8');
  return { location, rawSDL, document: parse(rawSDL) };
});
const generates = await preset.buildGeneratesSection({
  baseOutputDir: './generated/',
  schema: parse(sdl),
  schemaAst: schema,
  documents,
  config: {
    strictScalars: true,
    scalars: {
      BigInt: 'string',
      DateTime: 'string',
      JSON: 'unknown',
      TelephoneNumber: 'string',
      Upload: 'File',
      URL: 'string',
    },
  },
  presetConfig: {},
  plugins: [],
  pluginMap: {},
  pluginContext: {},
  importExtension: '',
});
const written = await Promise.all(generates.map(codegen));
say('graphql-codegen', { files: written.length, typed: /CallLogQuery = /.test(written.join('')) });

// Relay's compiler over an app with a paged, a refetched and a changed fragment.
rmSync('app/__generated__', { recursive: true, force: true });
mkdirSync('app/__generated__', { recursive: true });
copyFileSync('app.js', 'app/app.js');
try {
  execFileSync(relay, ['relay.config.json'], { stdio: 'pipe' });
  say('relay-compiler', 'compiled');
} catch (error) {
  say('relay-compiler', String(error.stdout) + String(error.stderr));
}

// graphql-inspector finds no difference to itself, and one that would break clients.
const renamed = buildSchema(sdl.replaceAll('  callStatus: CallStatus\n', '  callState: CallStatus\n'));
const breaking = (await diff(schema, renamed)).filter(({ criticality }) => criticality.level === 'BREAKING');
say('graphql-inspector', { same: (await diff(schema, schema)).length, breaking: breaking.length > 0 });
