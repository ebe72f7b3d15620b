# Two commands: `make sync` runs a whole night against the sandbox (or what .env names), `make test` proves that it works.
# Everything is installed into .venv, once per change of the lock files. Nothing else on this machine is touched, but for
# `make test` as root on Debian or Ubuntu: it installs the servers that the tests run against.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help sync up down day reset install test faults mutations bench lint format docs screenshots lock

# The first Python of the right age that is there; `make PYTHON=/path/to/python3.12 …` chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.installed-run
DEV := $(VENV)/.installed-dev

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1 \t/' | expand -t 20

sync: $(RUN) ## start what is needed, sync every target once, show what was done, stop
	@$(BIN)/python -m embedded sync

up: $(RUN) ## Airflow with its pages, until Ctrl-C
	@$(BIN)/python -m embedded up

down: $(RUN) ## stop what `make up` or `make sync` started elsewhere
	@$(BIN)/python -m embedded down

day: $(RUN) ## a school day passes in the sandbox: new and changed scores
	@$(BIN)/python -m embedded day

reset: $(RUN) ## forget everything local: sandbox, Airflow's database, state, artifacts; not with real systems
	@$(BIN)/python -m embedded reset

install: $(DEV) ## everything for developing

test: $(DEV) ## all tests, with coverage of include/
	@.ci/servers
	$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder --cov=include --cov-report=term --cov-fail-under=90

faults: $(DEV) ## every night killed and hurt in every way; more than a thousand cases, minutes
	$(BIN)/python -m faults --json benchmarks/results/fault_bench.json

mutations: $(DEV) ## every key of every response set to odd values, one at a time; more than three thousand cases, minutes
	$(BIN)/python -m mutations --json benchmarks/results/mutation_bench.json

bench: $(DEV) ## what a night costs, against a bare loop and a plain script; ten minutes
	$(BIN)/python -m benchmarks.night

lint: $(DEV) ## rules, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy include embedded faults mutations

format: $(DEV) ## put the code into its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(DEV) ## write the generated pages in docs/
	$(BIN)/python -m docs.generate

screenshots: $(DEV) ## write docs/screenshots/ from the pages of a running sandbox
	@.ci/servers
	SCREENSHOTS_TO=docs/screenshots $(BIN)/python -m pytest -q -m screenshots tests/ui

lock: $(DEV) ## resolve requirements/*.in anew into the lock files
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements/base.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements.txt requirements/dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements.txt requirements/kubernetes.in -o requirements-kubernetes.txt

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 was found. Install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# uv installs in seconds what takes pip a minute: it is taken, hash-checked, from our own lock.
$(BIN)/uv: $(BIN)/python
	@awk '/^uv==/ {on=1; print; next} on && /^ / {print; next} {on=0}' requirements-dev.txt > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	@touch $@

$(RUN): requirements.txt pyproject.toml | $(BIN)/uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements-dev.txt $(RUN)
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@
