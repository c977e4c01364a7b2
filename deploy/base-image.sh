#!/bin/sh
# Makes a base image of Debian's packages for buildah, for a machine that reaches no image
# registry: Python with venv, and the certificates that this machine trusts. Needs root.
set -eu
name=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mmdebstrap --quiet --variant=essential --include=python3,python3-venv,ca-certificates \
    --dpkgopt=force-unsafe-io "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$work/base.tar"
printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$work/pip.conf"
container=$(buildah from scratch)
buildah add --quiet "$container" "$work/base.tar" / >/dev/null
buildah copy --quiet "$container" /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ >/dev/null
buildah copy --quiet "$container" "$work/pip.conf" /etc/pip.conf >/dev/null
buildah commit --quiet --rm "$container" "$name" >/dev/null
