# What every script shares: where the project is, how it speaks, which Node it uses. To be sourced.
# shellcheck shell=bash

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TOOLS="$ROOT/.tools"
export PATH="$TOOLS/node/bin:$PATH"
[ ! -d "${HOME:-}/.cargo/bin" ] || export PATH="$PATH:$HOME/.cargo/bin"
cd "$ROOT"

# step TEXT…: one long step of the work begins.
step() { printf '\n\033[1m▸ %s\033[0m\n' "$*" >&2; }

# note TEXT…: something worth a line.
note() { printf '  %s\n' "$*" >&2; }

# fail TEXT…: says what is wrong and what to do, and ends.
fail() {
  printf '\n\033[1;31m✗ %s\033[0m\n' "$1" >&2
  shift
  local line
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# at_least HAVE WANT: is the version HAVE no older than WANT?
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# version_of COMMAND…: the first thing like a version in what it prints.
version_of() { "$@" 2>/dev/null | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1 || true; }

# hash_of FILE…: one hash of the names and contents of files, folders taken whole.
hash_of() {
  find "$@" -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -print0 2>/dev/null \
    | LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -d ' ' -f 1
}

# target_dir: where Cargo puts what it builds.
target_dir() { printf '%s\n' "${CARGO_TARGET_DIR:-$ROOT/target}"; }
