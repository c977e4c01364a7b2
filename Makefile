# Two commands are enough on a fresh machine: `make demo` and `make test`.
# PYTHON may name any Python from 3.11 on; where it is not given, the first that fits is taken.

FITS := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c '$(FITS)' >/dev/null 2>&1 && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NO_PYTHON := No Python 3.11 or newer with venv and ensurepip was found: install one (on Debian \
	and Ubuntu: python3 and python3-venv), or name one: make PYTHON=...

# An environment does not survive a move of this folder, nor the loss of its Python.
ifneq ($(shell $(BIN)/python -c '' 2>/dev/null && cat $(VENV)/.runtime 2>/dev/null),$(CURDIR))
$(shell rm -f $(VENV)/.runtime)
endif

.PHONY: setup demo serve sandbox test test-interpreted coverage fuzz mutants ratios check bench schema docs lock clean

setup: $(VENV)/.runtime ## environment with the runtime packages and the retell-gateway command

# While anything is being installed the mark is away: what was interrupted is made anew.
$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml
	@"$(PYTHON)" -c '$(FITS)' 2>/dev/null || { echo "$(NO_PYTHON)" >&2; exit 1; }
	@echo "Installing into $(VENV) ..."
	@test -e $@ || "$(PYTHON)" -m venv --clear $(VENV)
	@rm -f $@
	@$(PIP) install --no-deps --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@echo "$(CURDIR)" >$@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	@echo "Installing what the tests and checks need ..."
	@rm -f $(VENV)/.runtime
	@$(PIP) install --no-deps --require-hashes -r requirements/dev.txt
	@echo "$(CURDIR)" >$(VENV)/.runtime
	@touch -r $(VENV)/.runtime $@

demo: setup ## sandbox and gateway on loopback, GraphiQL ready; needs no key
	@$(BIN)/retell-gateway demo

serve: setup ## the gateway in front of Retell itself
	@$(BIN)/retell-gateway serve

sandbox: setup ## the stand-in Retell alone
	@$(BIN)/retell-gateway sandbox

test: $(VENV)/.dev ## the whole test suite
	$(BIN)/python -m pytest -n auto --dist worksteal

test-interpreted: $(VENV)/.dev ## what goes through the app, with graphql-core in place of compiled code
	TEST_EXECUTOR=interpreted $(BIN)/python -m pytest -n auto --dist worksteal \
		tests/promises tests/resources tests/contract

# Apart, since measuring takes half as long again; browsers and npm clients add nothing to it.
coverage: $(VENV)/.dev ## every line and branch is covered, by the tests that need Python alone
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not browser and not node" \
		--cov --cov-report=term-missing:skip-covered

fuzz: $(VENV)/.dev ## 100,000 operations, compiled and by graphql-core: an hour on two cores
	@$(BIN)/python -m tests.executor.fuzz

mutants: $(VENV)/.dev ## bugs put into copies of the executor: are they noticed?
	@$(BIN)/python -m tests.executor.mutants

check: $(VENV)/.dev ## style, types, contracts, schema and locks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/retell-gateway schema --check
	PATH="$(CURDIR)/$(BIN):$$PATH" sh requirements/lock.sh --check

schema: setup ## print schema.graphql from the code
	@$(BIN)/retell-gateway schema

docs: $(VENV)/.dev ## write what is told of the code into the documents that show it
	@$(BIN)/retell-gateway settings README.md docs/configuration.md
	@$(BIN)/retell-gateway scopes docs/scopes.md
	@$(BIN)/retell-gateway schema coverage docs/coverage.md

lock: $(VENV)/.dev ## resolve the locks anew
	PATH="$(CURDIR)/$(BIN):$$PATH" sh requirements/lock.sh

# Options: make bench ARGS="--peers tailcall,apollo --quick"; see --help.
bench: setup ## the gateway and its peers behind the same queries: writes docs/benchmarks.md
	@$(BIN)/python -m benchmarks $(ARGS)

ratios: $(VENV)/.dev ## those that must not get worse, each measured in one process
	@$(BIN)/python -m benchmarks.ratios

clean: ## remove the environment and what tools left
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
