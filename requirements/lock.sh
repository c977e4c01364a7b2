#!/bin/sh
# Writes the locks (names, versions and hashes only), or with --check says whether they
# still answer pyproject.toml. An existing pin is kept while it satisfies the ranges there.
set -eu
cd "$(dirname "$0")/.."
out=requirements
if [ "${1:-}" = --check ]; then
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
    cp requirements/*.txt "$out"
fi
compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
        --no-annotate --no-emit-index-url --no-emit-find-links "$@"
}
for tools in build ci node; do
    compile "requirements/$tools.in" --output-file "$out/$tools.txt" >/dev/null
done
compile pyproject.toml --output-file "$out/runtime.txt" >/dev/null
compile pyproject.toml --extra dev --constraint "$out/runtime.txt" --output-file "$out/dev.txt" >/dev/null
[ "$out" = requirements ] || diff -ru -x '*.in' -x '*.sh' requirements "$out" || {
    echo "the locks do not answer pyproject.toml: run make lock" >&2
    exit 1
}
