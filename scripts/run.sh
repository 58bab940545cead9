#!/usr/bin/env bash
# Builds what is stale and starts the demo city.
# Usage: scripts/run.sh [folder of the data]
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

data=${1:-./data}
scripts/setup.sh build
scripts/ui.sh build
step "building the server (the first build takes minutes, the next ones seconds)"
cargo build --workspace --locked
step "starting the demo city; Ctrl-C stops it, \`make clean-data\` forgets it"
exec "$(target_dir)/debug/callout" demo --data "$data"
