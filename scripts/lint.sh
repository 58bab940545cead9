#!/usr/bin/env bash
# What must be clean before a commit: format, clippy, shell scripts, consoles.
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

scripts/setup.sh build
step "format"
cargo fmt --all --check
step "clippy"
scripts/ui.sh build # the server embeds the built consoles
cargo clippy --workspace --all-targets --locked -- -D warnings
if have shellcheck; then
  step "shell scripts"
  shellcheck -x scripts/*.sh .ci/run
fi
scripts/ui.sh check
