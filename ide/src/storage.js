// What GraphiQL remembers between visits: tabs, history, theme; never a request header.

import { createLocalStorage } from '@graphiql/toolkit';

// Of its own, so that another GraphiQL on the same loopback port does not bring its tabs along.
const NAMESPACE = 'gateway';

const HISTORY = ['graphiql:queries', 'graphiql:favorites'];

const withoutHeaders = (key, value) => (key === 'headers' ? undefined : value);

/**
 * Local storage that drops the request headers from the history before it is written.
 *
 * An `Authorization` header holds the caller's key, and local storage outlives the session and is
 * open to every script of the origin. `shouldPersistHeaders={false}` keeps headers out of the tabs,
 * but the history plugin (0.4) writes them all the same.
 */
export function headerlessStorage() {
  const storage = createLocalStorage({ namespace: NAMESPACE });
  return Object.create(storage, {
    setItem: {
      value: (key, value) =>
        storage.setItem(
          key,
          HISTORY.includes(key) ? JSON.stringify(JSON.parse(value), withoutHeaders) : value,
        ),
    },
  });
}
