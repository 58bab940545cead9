#!/usr/bin/env bash
# The consoles: packages when their lock has changed, a build when their sources have.
# Usage: scripts/ui.sh packages|build|check|test|wire|browser|bench-board|bench-fanout|bench-phone|pictures
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

UI="$ROOT/web/ui"
mkdir -p "$TOOLS"

# has_script NAME: does package.json know it?
has_script() { (cd "$UI" && node -e "process.exit(require('./package.json').scripts?.['$1'] ? 0 : 1)" 2>/dev/null); }

packages() {
  local now stamp="$UI/node_modules/.callout"
  now=$(hash_of "$UI/package-lock.json")
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ] && return 0
  step "packages of the consoles"
  (cd "$UI" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2
  printf '%s\n' "$now" >"$stamp"
}

build() {
  local now stamp="$TOOLS/ui.stamp"
  now=$(cd "$UI" && hash_of src public ../../docs/pictures ./*.html ./*.json ./*.ts ./*.js)
  [ -d "$UI/dist/assets" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ] && return 0
  packages
  step "building the consoles"
  (cd "$UI" && npm run --silent build) >&2
  printf '%s\n' "$now" >"$stamp"
}

# script NAME: runs one of package.json when it has it.
script() {
  packages
  has_script "$1" || { note "the consoles have no \`$1\` yet"; return 0; }
  step "consoles: $1"
  (cd "$UI" && npm run --silent "$1")
}

# wire: the description of the interface and the client of the consoles that is made from it, written anew.
wire() {
  packages
  step "the description of the interface"
  CALLOUT_WRITE=1 cargo test -p web --lib --locked -j"${CALLOUT_JOBS:-2}" document >&2
  (cd "$UI" && npm run --silent wire)
}

# fresh: fails when the client of the consoles is not made from the description; that of the server is a test of `web`.
fresh() {
  local made
  made=$(mktemp)
  (cd "$UI" && npx --no-install openapi-typescript ../../docs/openapi.json -o "$made" >/dev/null)
  cmp -s "$made" "$UI/src/wire/api.ts" || fail "web/ui/src/wire/api.ts is stale" "\`make wire\` writes it anew"
  rm -f -- "$made"
}

# server: the binary that serves the built consoles, for a browser to meet; CALLOUT_BIN names one that is there.
server() {
  build
  [ -z "${CALLOUT_BIN:-}" ] || return 0
  step "building the server"
  cargo build -p server --locked -j"${CALLOUT_JOBS:-2}"
  CALLOUT_BIN="$(target_dir)/debug/callout"
  export CALLOUT_BIN
}

case "${1:-}" in
  packages) packages ;;
  build) build ;;
  check)
    packages
    fresh
    script check
    ;;
  wire) wire ;;
  test) script test ;;
  pictures)
    server
    script pictures
    ;;
  browser)
    server
    script browser
    ;;
  bench-board)
    server
    script bench:board
    script bench:paint
    ;;
  bench-phone)
    server
    script bench:phone
    ;;
  bench-fanout)
    packages
    step "fan-out"
    cargo bench -p web --bench fanout --locked -j"${CALLOUT_JOBS:-2}"
    ;;
  *) fail "unknown: ${1:-nothing}" "Usage: scripts/ui.sh packages|build|check|test|wire|browser|bench-board|bench-fanout|bench-phone|pictures" ;;
esac
