#!/bin/sh
# Builds the page of /graphql from ide/ into gateway/http/graphiql/built, which is committed.
# With --check: builds it elsewhere and compares, byte by byte. Needs node 20.19+ and npm.
set -eu

cd "$(dirname "$0")"
committed=../gateway/http/graphiql/built

mode=${1:-}
case $mode in
  "" | --check) ;;
  *) echo "usage: $0 [--check]" >&2; exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Elsewhere in both cases: nothing but these files goes in, whatever lies about here.
cp -R package.json package-lock.json .npmrc vite.config.js src "$work"
(
  cd "$work"
  npm ci --no-audit --no-fund --loglevel=error
  NODE_ENV=production ./node_modules/.bin/vite build
)

if [ "$mode" = --check ]; then
  diff -r "$work/dist" "$committed" || {
    echo "$committed is not what ide/ builds: run ide/build.sh" >&2
    exit 1
  }
  echo "$committed is what ide/ builds"
else
  rm -rf "$committed"
  cp -R "$work/dist" "$committed"
  du -sk "$committed"
fi
