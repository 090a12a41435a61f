#!/usr/bin/env bash
# The own tests of the crate `rrdcached-client` with a server: trials/rrdcached-client.sh [SERVER]
#
# They want port 42217 of 127.0.0.1 and ./rrdcached.sock.
set -euo pipefail
server=$(realpath "${1:-target/debug/rrdcached}")
version=0.4.0
crate=$(mktemp -d)
folder=$(mktemp -d)
trap 'kill "${id:-}" 2>/dev/null || true; rm -rf "$crate" "$folder"' EXIT

# cargo fetches the sources of dependencies only.
mkdir "$crate/src"
touch "$crate/src/lib.rs"
printf '[package]\nname = "wanted"\nedition = "2024"\n[workspace]\n[dependencies]\nrrdcached-client = "=%s"\n' \
    "$version" >"$crate/Cargo.toml"
cargo vendor --quiet --manifest-path "$crate/Cargo.toml" "$crate/vendor" >/dev/null
cp -r "$crate/vendor/rrdcached-client" "$crate/tests"
rm -f "$crate/tests/.cargo-checksum.json" "$crate/tests/Cargo.lock"
printf '\n[workspace]\n' >>"$crate/tests/Cargo.toml"

mkdir "$folder/base" "$folder/journal"
"$server" -g -B -R -b "$folder/base" -j "$folder/journal" -p "$folder/pid" \
    -l 127.0.0.1:42217 -l "unix:$crate/tests/rrdcached.sock" &
id=$!
cd "$crate/tests"
RUST_BACKTRACE=0 cargo test --quiet client:: "${@:2}"
