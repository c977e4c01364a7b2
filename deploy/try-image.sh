#!/usr/bin/env bash
# Builds the image and tries it: not root, a root that is read-only, the health command, a query
# to the sandbox, SIGTERM. With Docker, Podman or buildah, whichever is there (ENGINE names one).
# With buildah it needs root, and makes a base image of Debian's packages unless PYTHON_IMAGE
# names one; docs/deployment.md says what that does not prove.
set -euo pipefail
cd "$(dirname "$0")/.."

image=retell-gateway:try
name=retell-gateway-try-$$
export BUILDAH_ISOLATION=chroot BUILDAH_FORMAT=docker # the OCI format knows no HEALTHCHECK
environment=(RETELL_BASE_URL=http://127.0.0.1:4010 RETELL_API_KEY=sandbox-key-a
    GATEWAY_GRAPHIQL=true
    GATEWAY_AUTH_NONE_EVERYWHERE=true) # nobody but this script reaches it

engine=${ENGINE:-}
for candidate in docker podman buildah; do
    [ -n "$engine" ] || ! $candidate info >/dev/null 2>&1 || engine=$candidate
done
case $engine in
docker | podman | buildah) ;;
*) echo "needs docker, podman or buildah" >&2 && exit 2 ;;
esac

fail() {
    echo "  NO   $*" >&2
    exit 1
}

# --- docker and podman -----------------------------------------------------------------------

build_with_engine() {
    "$engine" build ${PYTHON_IMAGE:+--build-arg PYTHON_IMAGE="$PYTHON_IMAGE"} --tag "$image" .
}
start_with_engine() {
    "$engine" run --detach --name "$name" --read-only --cap-drop ALL \
        --security-opt no-new-privileges "${environment[@]/#/--env=}" "$image" >/dev/null
    "$engine" run --detach --name "$name-sandbox" --network "container:$name" --read-only \
        "$image" sandbox >/dev/null
}
inside_with_engine() { "$engine" exec --interactive "$name" "$@"; }
end_with_engine() {
    "$engine" kill --signal TERM "$name" >/dev/null
    status=$("$engine" wait "$name")
}
clean_with_engine() { "$engine" rm --force "$name-sandbox" "$name" >/dev/null 2>&1; }

# --- buildah: the image's root, mounted read-only, in namespaces of its own ------------------

build_with_buildah() {
    if [ -z "${PYTHON_IMAGE:-}" ]; then # then nothing outside of $work is used, or left behind
        printf '[storage]\ndriver = "vfs"\ngraphroot = "%s"\nrunroot = "%s"\n' \
            "$work/storage" "$work/run" >"$work/storage.conf"
        export CONTAINERS_STORAGE_CONF=$work/storage.conf
        PYTHON_IMAGE=localhost/debian-python
        bash deploy/base-image.sh "$PYTHON_IMAGE"
    fi
    buildah build --build-arg PYTHON_IMAGE="$PYTHON_IMAGE" --tag "$image" .
}
start_with_buildah() {
    container=$(buildah from --pull-never "$image")
    root=$(buildah mount "$container")
    mapfile -t config < <(buildah inspect "$container" | python3 -c '
import json, sys
config = json.load(sys.stdin)["OCIv1"]["config"]
print(config["User"], *config["Env"], "--", *config["Entrypoint"], *config["Cmd"], sep="\n")')
    user=${config[0]}
    local at=1
    while [ "${config[at]}" != -- ]; do image_environment+=("${config[at++]}"); done
    command=("${config[@]:at+1}")
    unshare --mount --pid --net --ipc --uts --fork \
        sh -euc 'ip link set lo up; mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"
            mount -t proc proc "$0/proc"; exec "$@"' "$root" \
        chroot --userspec="$user" --groups= "$root" \
        /usr/bin/env -i "${image_environment[@]}" "${environment[@]}" "${command[@]}" &
    unshared=$!
    for _ in $(seq 100); do
        first=$(pgrep -P "$unshared" || true)
        [ -z "$first" ] || ! grep -qsx retell-gateway "/proc/$first/comm" || break
        sleep 0.1
    done
    inside_with_buildah retell-gateway sandbox >/dev/null 2>&1 </dev/null &
    disown # it ends with the namespaces, and nobody waits for it
}
inside_with_buildah() {
    nsenter --target "$first" --mount --pid --net --ipc --uts \
        chroot --userspec="$user" --groups= "$root" \
        /usr/bin/env -i "${image_environment[@]}" "${environment[@]}" "$@"
}
end_with_buildah() {
    kill -TERM "$first"
    status=0
    wait "$unshared" || status=$?
}
clean_with_buildah() {
    [ -z "${first:-}" ] || kill -KILL "$first" 2>/dev/null || true # takes its namespaces along
    [ -z "${container:-}" ] || buildah rm "$container" >/dev/null || true
}

# --- the same for all ------------------------------------------------------------------------

way=engine
[ "$engine" != buildah ] || way=buildah
image_environment=()
work=$(mktemp -d)
trap 'clean_with_$way || true; rm -rf "$work"' EXIT

echo "build with $engine"
build_with_$way
echo "start"
start_with_$way
inside_with_$way python - <deploy/probe.py
inside_with_$way python /opt/gateway/live.py || fail "the health command says that it lives"
echo "  yes  the health command says that it lives"
! inside_with_$way env GATEWAY_PORT=4999 python /opt/gateway/live.py ||
    fail "the health command tells where nothing listens"
echo "  yes  the health command tells where nothing listens"
end_with_$way
[ "$status" = 0 ] || fail "SIGTERM ends it with status 0, not $status"
echo "  yes  SIGTERM ends it with status 0"
