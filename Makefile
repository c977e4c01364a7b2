# Two commands are enough on a fresh machine: `make demo` and `make test`.
# PYTHON may name any Python from 3.11 on.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: setup demo serve sandbox test check bench schema lock clean

setup: $(VENV)/.runtime ## environment with the runtime packages and the retell-gateway command

$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (make PYTHON=...)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

demo: setup ## sandbox and gateway on loopback, GraphiQL ready; needs no key
	@$(BIN)/retell-gateway demo

serve: setup ## the gateway in front of Retell itself
	@$(BIN)/retell-gateway serve

sandbox: setup ## the stand-in Retell alone
	@$(BIN)/retell-gateway sandbox

test: $(VENV)/.dev ## the whole test suite, with coverage
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term-missing:skip-covered

check: $(VENV)/.dev ## style, types, contracts, schema and locks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/retell-gateway schema --check
	PATH="$(CURDIR)/$(BIN):$$PATH" sh requirements/lock.sh --check

schema: setup ## print schema.graphql from the code
	@$(BIN)/retell-gateway schema

lock: $(VENV)/.dev ## resolve the locks anew
	PATH="$(CURDIR)/$(BIN):$$PATH" sh requirements/lock.sh

bench: $(VENV)/.dev ## ratios, each measured in one run
	@$(BIN)/python -m benchmarks

clean: ## remove the environment and what tools left
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
