#!/usr/bin/env bash
# Runs cargo from the root of the project, with the tools that `make setup` brought.
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

have cargo || fail "cargo is missing" "Run \`make setup\`: it says what to install."
exec cargo "$@"
