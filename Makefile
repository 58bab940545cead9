# Callout: every target is one command; plain `make` lists them.
DATA ?= ./data
FILE ?= callout.surql
.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z0-9 -]*\):.*\#\#.*/\1/p' $(firstword $(MAKEFILE_LIST))) clean-data
help: ## this list
	@grep -hE '^[a-z0-9 -]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14
setup: ## install what building needs: cmake, libclang, Node (Debian 12), check the rest
	@scripts/setup.sh build
run: ## build and start the demo city; addresses and logins are printed
	@scripts/run.sh demo --data "$(DATA)"
ui: ## build the consoles when their sources have changed
	@scripts/ui.sh build
check: ## compile everything, run nothing
	@scripts/cargo.sh check --workspace --all-targets --locked
lint: ## format, clippy, scripts and consoles: what must be clean before a commit
	@scripts/lint.sh
fmt: ## format the Rust sources
	@scripts/cargo.sh fmt --all
test: ## every test: rules, actors, store, protocols, scenarios, consoles
	@scripts/test.sh
house: ## the rules of the house and its numbers, in seconds
	@scripts/cargo.sh test --locked -p house
e2e: ## the scenarios alone: the whole product through its sockets
	@scripts/test.sh e2e
browser: ## every workplace in a browser against a living server (Chromium, sipp)
	@scripts/ui.sh browser
bench: ## the planner, the store, a screen pop, an urgent job (CALLOUT_CLIENTS, CALLOUT_MASTERS, CALLOUT_VISITS)
	@scripts/cargo.sh bench --locked -p solver
	@scripts/cargo.sh bench --locked --profile dev --workspace --bench commit --bench urgent --bench screen_pop
bench-acd: ## a million calls through the line: violations, error of the told waits, fairness (CALLOUT_ACD_CALLS)
	@scripts/cargo.sh bench --locked -p domain --bench acd
bench-board bench-fanout: ## Chromium's frames and memory under the board; sockets, slow readers and storms (env: web/ui/README.md)
	@scripts/ui.sh $@
bench-media: ## calls through the media thread, straight and recorded; rtpengine beside (CALLOUT_MEDIA_CALLS)
	@scripts/cargo.sh bench --locked -p telephony --bench media
bench-calls: ## calls a second: answered, bridged, kamailio beside; through line and journal (CALLOUT_CALL_RATES, CALLOUT_LINE_RATES, CALLOUT_LINE_PROFILE=release)
	@scripts/cargo.sh bench --locked -p telephony --bench calls && scripts/cargo.sh build --locked --profile "$${CALLOUT_LINE_PROFILE:-dev}" --workspace && scripts/cargo.sh bench --locked --profile "$${CALLOUT_LINE_PROFILE:-dev}" --workspace --bench busy_line
fuzz-sip: ## ten minutes of broken SIP: no panic, every datagram accounted for (CALLOUT_FUZZ_SECONDS)
	@CALLOUT_FUZZ_SECONDS="$${CALLOUT_FUZZ_SECONDS:-600}" scripts/cargo.sh bench --locked --profile dev -p telephony --bench fuzz_sip
bench-roads: ## extracts read, contracted, asked (CALLOUT_DATA, CALLOUT_OSM: a file of yours, ROADS_TABLE, ROADS_LARGE)
	@scripts/cargo.sh bench --locked --profile dev --workspace --bench roads
bench-solver: ## routing and technicians of the literature, PyVRP and VROOM beside (CALLOUT_DATA, BENCH_SECONDS, BENCH_SEEDS)
	@scripts/bench_solver.sh
bench-month: ## a month of 500 agreement visits (MONTH_VISITS, MONTH_MASTERS)
	@scripts/cargo.sh bench --locked --profile dev --workspace --bench month
bench-phone: ## the phone’s queue under kills and cuts against a living server (PHONE_ROUNDS, PHONE_OPS, PHONE_SEED)
	@scripts/ui.sh bench-phone
pictures wire: ## take the pictures of the consoles; write docs/openapi.json and the client made from it anew
	@scripts/ui.sh $@
docs: ## the documentation of the crates
	@scripts/cargo.sh doc --workspace --no-deps --locked
licences: ## dependencies against deny.toml (needs cargo-deny)
	@scripts/cargo.sh deny check licenses bans sources
export: ## write the store to FILE (stop the server first)
	@scripts/run.sh export "$(FILE)"
import: ## read FILE into an empty store
	@scripts/run.sh import "$(FILE)"
clean-data: ## forget the demo city
	rm -rf -- "$(DATA)"
