#!/usr/bin/env bash
# Every test of the product; `e2e` runs the scenarios alone.
# Usage: scripts/test.sh [e2e]
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

jobs=${CALLOUT_JOBS:-2}
scripts/setup.sh test
scripts/ui.sh build
case "${1:-all}" in
  all)
    scripts/ui.sh test
    step "tests of the workspace"
    cargo test --workspace --locked -j"$jobs"
    ;;
  e2e)
    step "scenarios"
    cargo build -p server --locked -j"$jobs"
    cargo test -p tests --locked -j"$jobs"
    ;;
  *) fail "unknown: $1" "Usage: scripts/test.sh [e2e]" ;;
esac
