# Booked, from a clean clone to a running box office. All that it needs is a Python of 3.11 or newer.

SHELL := /bin/sh
PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
export PIP_ROOT_USER_ACTION := ignore
# Tests start hundreds of processes: without what Python keeps of compiled modules, each would compile all of them.
unexport PYTHONDONTWRITEBYTECODE

# How many processes share the tests. 0 is this one alone: `make test WORKERS=0`.
WORKERS ?= 2
# Each process begins with tests that stand together, and takes from others in the end: tests share what modules open.
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help serve test quick bench check coverage format proofs torture docs screenshots clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(VENV)/.base ## Run Booked with a demo on http://127.0.0.1:8000 and everything it needs
	@$(BIN)/booked serve --demo

test: check ## Check everything, then run all tests but the slow ones
	@$(BIN)/python -m tests.browser.chromium
	@$(PYTEST) -m "not slow" tests

quick: $(VENV)/.dev ## Run the tests of the rules and services, and of no server; takes seconds
	@$(BIN)/ruff check --quiet .
	@$(PYTEST) --ignore=tests/services/sale/test_sale_machine.py tests/domain tests/services

proofs: $(VENV)/.dev ## Run the slow tests
	@$(PYTEST) -m slow tests

torture: $(VENV)/.dev ## Put what is promised to the proof under fire; takes 20 minutes, see docs/reliability.md
	@$(BIN)/python -m tests.torture $(TORTURE)

coverage: $(VENV)/.dev ## Run the tests and tell which lines no test runs
	@$(PYTEST) -m "not slow" --cov --cov-report=term:skip-covered tests

bench: $(VENV)/.dev ## Measure how fast it sells; takes more than ten minutes, see docs/benchmarks.md
	@$(BIN)/python -m benchmarks $(BENCH)

check: $(VENV)/.dev ## Look at style, types and imports
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --strict --no-error-summary
	@$(BIN)/lint-imports --no-logo

format: $(VENV)/.dev ## Put the code into shape
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

docs: $(VENV)/.dev ## Compare the documentation with the code
	@$(BIN)/python -m pytest -n 0 -q tests/test_docs.py tests/test_readme.py

screenshots: $(VENV)/.dev ## Take the pictures of the README anew; needs Chromium or Chrome
	@$(BIN)/python -m tests.browser.chromium
	@$(BIN)/python -m tests.browser.pictures

clean: ## Remove what make has made; the data in .booked stays
	@rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What it takes to run Booked, then Booked itself, whose code stays where it is.
$(VENV)/.base: $(BIN)/python requirements/base.txt pyproject.toml
	@echo "Installing Booked and what it needs (a minute, the first time) …"
	@$(PIP) install -r requirements/base.txt
	@$(PIP) install --no-deps --editable .
	@touch $@

# What it takes to check and test it as well.
$(VENV)/.dev: $(VENV)/.base requirements/dev.txt
	@echo "Installing what checks and tests need …"
	@$(PIP) install -r requirements/dev.txt
	@touch $@

$(BIN)/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	    if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        echo "Making $(VENV) with $$($$python --version) …"; \
	        $$python -m venv --clear $(VENV); \
	        exit; \
	    fi; \
	done; \
	echo "Booked needs Python 3.11 or newer, with venv (on Debian and Ubuntu: apt install python3-venv)." >&2; \
	echo "None was found. If yours has another name: make PYTHON=/path/to/python" >&2; \
	exit 1
