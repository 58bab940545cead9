#!/usr/bin/env bash
# Builds what is stale and runs `callout` with the arguments that are given.
# Usage: scripts/run.sh demo|server|export … (`callout --help` tells them all)
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ $# -gt 0 ] || fail "what shall run?" "Usage: scripts/run.sh demo|server|export …"
scripts/setup.sh build
scripts/ui.sh build
step "building the server (the first build takes minutes, the next ones seconds)"
cargo build --workspace --locked
step "callout $*"
exec "$(target_dir)/debug/callout" "$@"
