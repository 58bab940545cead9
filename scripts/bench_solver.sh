#!/usr/bin/env bash
# The planner against problems of the literature, PyVRP and VROOM beside it on the same problems and times.
# CALLOUT_DATA: the folder that holds `vrptw` and `trsp` (../shared/data). BENCH_SECONDS: processor seconds a routing
# problem (10), of which a technicians' problem takes half; BENCH_SEEDS (3); BENCH_ONLY: names; BENCH_PEERS=0: ours alone.
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

PEERS=(pyvrp==0.14.1 pyvroom==1.15.2)

export CALLOUT_DATA=${CALLOUT_DATA:-$ROOT/../shared/data}
[ -d "$CALLOUT_DATA/vrptw" ] || fail "no benchmark data in $CALLOUT_DATA" \
  "Set CALLOUT_DATA to a folder with vrptw/{Solomon,Homberger}/*.txt, vrptw/dimacs_bks.csv, trsp/*.txt, trsp/bks.csv."
export BENCH_SECONDS=${BENCH_SECONDS:-10} BENCH_SEEDS=${BENCH_SEEDS:-3}

step "ours: $BENCH_SECONDS processor seconds a problem, one thread, $BENCH_SEEDS seed(s)"
scripts/cargo.sh bench --locked -p solver --bench instances
[ "${BENCH_PEERS:-1}" != 0 ] || exit 0

if ! "$TOOLS/peers/bin/python" -c 'import pyvrp, vroom' 2>/dev/null; then
  step "bringing ${PEERS[*]} into .tools"
  python3 -m venv "$TOOLS/peers" || fail "no Python environment" "Install python3-venv, or set BENCH_PEERS=0."
  "$TOOLS/peers/bin/pip" install --quiet --no-input --disable-pip-version-check --only-binary :all: "${PEERS[@]}" \
    || fail "the peers could not be brought" "Set BENCH_PEERS=0 to measure ours alone."
fi
step "peers: ${PEERS[*]}, the same problems and seconds"
names=$(BENCH_NAMES=1 scripts/cargo.sh bench --quiet --locked -p solver --bench instances)
# shellcheck disable=SC2086 # names are words
"$TOOLS/peers/bin/python" solver/benches/peers.py $names
