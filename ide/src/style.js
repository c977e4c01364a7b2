// One by one: `graphiql/style.css` would bring Monaco's style, which Monaco brings itself, again.
// Fonts are the system's: GraphiQL's own come as `data:` URLs, which the page's policy refuses.

import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import 'graphiql/graphiql.css';
import './page.css';
