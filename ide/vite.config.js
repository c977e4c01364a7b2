import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const source = (name) => fileURLToPath(new URL(`src/${name}`, import.meta.url));

export default defineConfig({
  base: './', // assets find one another wherever the gateway is mounted
  publicDir: false,
  logLevel: 'warn',
  resolve: {
    alias: {
      'monaco-editor/esm/vs/editor/edcore.main.js': source('monaco.js'),
      'prettier/parser-babel': source('prettier-jsonc.js'),
      'prettier/plugins/estree': source('prettier-jsonc.js'),
      'prettier/parser-graphql': 'prettier/plugins/graphql', // one module under two names
    },
  },
  build: {
    emptyOutDir: true,
    assetsInlineLimit: 0, // no `data:` URLs: the page's policy allows them for images only
    cssCodeSplit: false,
    manifest: 'manifest.json',
    license: { fileName: 'licenses.md' },
    modulePreload: { polyfill: false },
    target: 'es2022',
    chunkSizeWarningLimit: 3000, // Monaco
    rolldownOptions: {
      input: 'src/main.jsx',
      checks: { moduleLevelDirective: false }, // "use client" means nothing here
    },
  },
  worker: { format: 'es' },
});
