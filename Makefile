# Everything a developer or CI runs. All of it happens in .venv, made from requirements/dev.txt.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
READY := .venv/.ready
FETCHED := .venv/.fetched
PYTHONS := $(PYTHON) python3.11 python3.12 python3.13 python3 python
ARGS ?=

.PHONY: help
help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo; echo "  ARGS is handed on: make test ARGS='-k silence -x', make demo ARGS='--keep'"

.PHONY: setup
setup: $(READY) $(FETCHED)  ## make the environment, fetch the embedded Kafka (the other targets do it too)

.PHONY: demo
demo: $(READY) $(FETCHED)  ## the main job on servers of its own: a shop plays, warnings appear
	@$(BIN)/churn-monitor demo $(ARGS)

.PHONY: test
test: $(READY) $(FETCHED)  ## every test; those with the real Kafka and Valkey beside the others
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

.PHONY: test-fast
test-fast: $(READY)  ## the tests that need no server, in under a minute
	@$(BIN)/python -m pytest -q -n auto --dist worksteal -m "not stack and not slow" $(ARGS)

.PHONY: check lint types imports docs
check: lint types imports docs  ## ruff, mypy --strict, import rules, documents (make -k check: past a failure)

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

imports: $(READY)
	@$(BIN)/lint-imports --no-logo

docs: $(READY)
	@$(BIN)/python -m pytest -q -m docs

.PHONY: format
format: $(READY)  ## lay the code out, mend what ruff can mend
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

.PHONY: bench
bench: $(READY) $(FETCHED)  ## the figures: engine, lane, offline, shipped, latency, start
	@$(BIN)/python -m bench $(ARGS)

.PHONY: chaos
chaos: $(READY) $(FETCHED)  ## faults on the real thing for minutes, then everything is proven
	@$(BIN)/python -m chaos $(ARGS)

.PHONY: simulate
simulate: $(READY)  ## thousands of small worlds by their seeds; one that goes wrong is made small
	@$(BIN)/python -m tests.simulation.hunt $(ARGS)

COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
  --no-annotate --no-emit-index-url --no-emit-find-links --no-config --custom-compile-command "make lock"

.PHONY: lock
lock: $(READY)  ## compile the lock files anew (ARGS=--upgrade: with the newest versions)
	@$(COMPILE) --extra backtest --extra local --group dev --output-file requirements/dev.txt $(ARGS)
	@$(COMPILE) --constraint requirements/dev.txt --output-file requirements/worker.txt
	@$(subst pyproject.toml,--group build,$(COMPILE)) --constraint requirements/dev.txt --output-file requirements/build.txt

.PHONY: clean
clean:  ## remove the environment, caches and builds
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist

$(READY): requirements/dev.txt pyproject.toml
	@python=; for candidate in $(PYTHONS); do \
	  if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "churn-monitor needs Python 3.11 or newer, and found none of: $(PYTHONS)." >&2; \
	  echo "Install one (Debian: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.11" >&2; \
	  exit 1; \
	fi; \
	echo "Making .venv with $$($$python --version) ..."; \
	$$python -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Kafka's jars go to the user's cache, once; from here on the tests need no network.
$(FETCHED): $(READY)
	@$(BIN)/churn-monitor local fetch
	@touch $@
