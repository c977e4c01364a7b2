// The page: GraphiQL on the gateway's endpoint, opened on the example documents.

import './workers.js';
import './style.js';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { ImagePreview, useGraphiQL } from '@graphiql/react';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';

import { headerlessStorage } from './storage.js';

const { title, endpoint, examples } = JSON.parse(
  document.getElementById('graphiql-config').textContent,
);

// Hovering over a picture's URL in an answer would fetch it from wherever it is.
ImagePreview.shouldRender = () => false;

// Asks for `multipart/mixed` beside JSON, so @defer arrives in parts.
const fetcher = createGraphiQLFetcher({ url: endpoint });
const storage = headerlessStorage();
const plugins = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];

const tabs = examples.map(({ document, variables }) => ({ query: document, variables }));
const firstVisit = storage.getItem('graphiql:tabState') === null;

/** Brings the tab that one changes to into sight, and its variables: GraphiQL leaves them shut. */
function TabInSight() {
  const { id, variables } = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]);
  useEffect(() => {
    const nearest = { block: 'nearest', inline: 'nearest' }; // nothing else moves
    document.querySelector('.graphiql-tab-active').scrollIntoView(nearest);
    if (variables && document.querySelector('[aria-label="Show editor tools"]')) {
      document.querySelector('.graphiql-editor-tools [data-name=variables]').click();
    }
  }, [id]);

  // Without a scroll bar, tabs that do not fit are out of reach of a mouse's wheel.
  useEffect(() => {
    const tabs = document.querySelector('.graphiql-tabs');
    tabs.addEventListener('wheel', ({ deltaY }) => tabs.scrollBy(deltaY, 0), { passive: true });
  }, []);
}

createRoot(document.getElementById('graphiql')).render(
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    plugins={plugins}
    defaultTabs={tabs.length > 0 ? tabs : undefined}
    // GraphiQL fills the editor of the first tab from the storage, not from `defaultTabs`.
    initialVariables={(firstVisit && tabs[0]?.variables) || undefined}
    shouldPersistHeaders={false}
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>{title}</GraphiQL.Logo>
    <TabInSight />
  </GraphiQL>,
);
