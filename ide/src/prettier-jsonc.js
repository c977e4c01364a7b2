// Formats variables and headers for GraphiQL's prettify button, as a Prettier plugin.
// GraphiQL takes Prettier's Babel parser for it: half a megabyte of JavaScript grammar for JSON.

import { applyEdits, format } from 'jsonc-parser';

const OPTIONS = { tabSize: 2, insertSpaces: true };

export const parsers = {
  jsonc: {
    astFormat: 'jsonc-text',
    parse: (text) => ({ text: applyEdits(text, format(text, undefined, OPTIONS)) }),
    locStart: () => 0,
    locEnd: ({ text }) => text.length,
  },
};

export const printers = {
  'jsonc-text': { print: ({ node }) => node.text.trim() },
};
