# Trama's commands. Needs Python >= 3.11, make and a package index; everything else is installed into $(VENV).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SHARED := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test endure check bench schema docs lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.run ## Start Trama with its vendors' sandboxes (PORT=, DATA_DIR=, DATA=)
	@PATH="$(CURDIR)/$(BIN):$$PATH" exec $(BIN)/trama demo $(if $(PORT),--port $(PORT)) $(if $(DATA_DIR),--data-dir "$(DATA_DIR)") $(if $(DATA),--data "$(DATA)")

test: $(VENV)/.dev ## Run every test on a real Postgres and real sockets (ARGS= goes to pytest)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest $(SHARED) $(ARGS)

endure: $(VENV)/.dev ## Let processes die and readers lose their connections for SECONDS=600: no event is missed
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.e2e.endurance --seconds $(or $(SECONDS),600)

check: $(VENV)/.dev ## Format, lint, types, imports, schema and docs in step
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/trama schema --check
	$(BIN)/trama docs --check

bench: $(VENV)/.bench ## Measure beside the peers; writes benchmarks/RESULTS.md and its plot (ARGS=)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m benchmarks $(ARGS)

schema: $(VENV)/.dev ## Write schema.graphql anew from the code
	$(BIN)/trama schema --write

docs: $(VENV)/.dev ## Write the generated tables of the docs anew
	$(BIN)/trama docs --write

lock: ## Pin every dependency anew, with hashes (needs uv)
	$(LOCK) --extra demo --extra olist --group build pyproject.toml -o requirements.lock
	$(LOCK) --extra demo --extra olist --group build --group bench pyproject.toml -o requirements-bench.lock
	$(LOCK) --extra demo --extra olist --group build --group bench --group dev pyproject.toml -o requirements-dev.lock

clean: ## Remove the environment and the demo's data
	rm -rf $(VENV) .demo

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Trama needs Python 3.11 or newer; this is %s. Say which to use: make PYTHON=python3.12 ..." % sys.version.split()[0])'
	@echo "Setting up $(VENV) (once)..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "Installing what Trama needs, pinned by requirements.lock..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.bench: $(VENV)/bin/python requirements-bench.lock pyproject.toml
	@echo "Installing what the benchmarks need, pinned by requirements-bench.lock..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run

$(VENV)/.dev: $(VENV)/bin/python requirements-dev.lock pyproject.toml
	@echo "Installing what the tests need, pinned by requirements-dev.lock..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run
