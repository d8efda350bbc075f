# Paydesk: `make help` lists what can be done. Each target does all of its own set-up.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# What has been compiled is kept, whatever else is usual here: the tests start hundreds of processes.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help run docs translations references test test-newest check collected lint types rules unit browser test-slow audit bench-webhook bench-pages bench-emulator bench-desk requirements format clean system

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | expand -t 16

run: $(VENV)/run.stamp ## Start shop and Stripe emulator; Ctrl-C stops both
	@exec $(BIN)/paydesk run --demo

# Most tests wait for other processes, so there may be more of them than processors. Those that
# measure waiting times have the machine to themselves.
WORKERS ?= 4
NONE_SELECTED := 5
# Where some are: collecting all tests once more takes as long as several of them.
ALONE = $(sort $(dir $(shell grep -rl mark.alone tests --include='*.py')))

test: $(VENV)/test.stamp system ## Lint, types, import rules, all tests, browser journeys
	@$(MAKE) --no-print-directory -j2 --output-sync=target types lint rules collected
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow and not alone" $(T)
	$(BIN)/python -m pytest -m "alone and not slow" $(or $(T),$(ALONE)) || [ $$? -eq $(NONE_SELECTED) ]

# Not a part of `make test`, which is to stay short. The emulator's: NEWEST=tests/emulator.
NEWEST ?= tests/paydesk tests/web tests/properties

test-newest: ## The shop's tests on SQLite again on Python 3.13, if it is installed
	@newest=$$(for each in python3.13 $(wildcard $(HOME)/.pyenv/versions/3.13*/bin/python3.13); do \
	  $$each -c '' 2>/dev/null && echo $$each && break; done); \
	if [ -n "$$newest" ]; then \
	  $(MAKE) --no-print-directory unit PYTHON=$$newest VENV=.venv-3.13 T="$(NEWEST)"; \
	else echo "Python 3.13 is not installed here; tested on $$($(BIN)/python -V) alone."; fi

check: $(VENV)/test.stamp ## Lint, types and import rules only
	@$(MAKE) --no-print-directory -j2 --output-sync=target types lint rules

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/test.stamp
	$(BIN)/mypy

rules: $(VENV)/test.stamp
	$(BIN)/lint-imports --no-logo

# Compiles the tests, too, so that the processes that run them find that done.
collected: $(VENV)/test.stamp
	@log=$$(mktemp); $(BIN)/python -m pytest --collect-only -q >$$log 2>&1 || { tail -n 40 $$log; exit 1; }

format: $(VENV)/test.stamp ## Format the code and mend what can be mended by rule
	$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format .

unit: $(VENV)/test.stamp ## The tests without browser and PostgreSQL
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not browser and not postgres and not slow and not alone" $(T)

browser: $(VENV)/test.stamp system ## The browser journeys only
	$(BIN)/python -m pytest -m browser $(T)

test-slow: $(VENV)/test.stamp system ## The tests that take minutes
	$(BIN)/python -m pytest -m slow $(T)
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow and not browser" --async-client tests/emulator

# Needs the network. Strict: a package that could not be looked up is a failure, not a pass.
audit: $(VENV)/test.stamp ## Ask for known vulnerabilities in all that is pinned
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
	  $(foreach each,run test docs,-r requirements/$(each).txt)

bench-webhook: $(VENV)/test.stamp system ## The webhook path beside simpler ones; takes half an hour
	$(BIN)/python -m bench.webhook $(B)

bench-pages: $(VENV)/test.stamp system ## The buyers' pages beside a bare Flask view; two minutes
	$(BIN)/python -m bench.pages $(B)

bench-emulator: $(VENV)/test.stamp ## The emulator's speed, start and memory beside localstripe; five minutes
	$(BIN)/python -m bench.emulator $(B)

bench-desk: $(VENV)/test.stamp system ## The desk's pages with 1,000 and with 100,000 orders; five minutes
	$(BIN)/python -m bench.desk $(B)

requirements: $(VENV)/test.stamp ## Choose newer versions within pyproject.toml and pin them with hashes
	@bash requirements/compile.sh $(BIN)/python

system: ## Install Chromium and PostgreSQL for the tests, if they are missing
	@bash tests/system.sh

DOCS_VENV ?= .venv-docs

docs: $(DOCS_VENV)/docs.stamp references ## Build the documentation into build/docs; warnings are errors
	$(DOCS_VENV)/bin/python -m sphinx -q -W --keep-going -E -b html docs build/docs
	@echo "The documentation: build/docs/index.html"

translations: $(VENV)/test.stamp ## Gather what buyers are told into the .po files; says what is untranslated
	@$(BIN)/python -m docs.translations

references: $(VENV)/run.stamp ## Write the pages of settings and commands anew, from the code
	@$(BIN)/python docs/references.py

clean: ## Remove the virtual environment and caches; data in instance/ stays
	rm -rf $(VENV) .venv-3.13 $(DOCS_VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build

# The stamps keep a second start fast: nothing is asked of pip unless the pins have changed.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Paydesk needs Python 3.11 or newer; '$(PYTHON)' is older or missing. Try: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "No virtual environment could be made. On Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing Paydesk into $(VENV) …"
	@$(PIP) install -q --require-hashes -r requirements/run.txt
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/test.stamp: requirements/test.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing Paydesk and what its tests need into $(VENV) …"
	@$(PIP) install -q --require-hashes -r requirements/test.txt
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run.stamp

$(DOCS_VENV)/docs.stamp: requirements/docs.txt
	@echo "Installing what the documentation is built with into $(DOCS_VENV) …"
	@$(PYTHON) -m venv $(DOCS_VENV)
	@$(DOCS_VENV)/bin/python -m pip --disable-pip-version-check install -q --require-hashes -r $<
	@touch $@
