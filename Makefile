# Two commands matter: `make book` and `make test`. Each sets up what it needs, in .venv, the first time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LAB := $(BIN)/medallion-lab
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Tests and builds have workspaces of their own: a reader's open lab is never in their way.
LAB_TEST_HOME := $(CURDIR)/_build/test-home
# Of two kernels named python3, the one in .venv.
export JUPYTER_PREFER_ENV_PATH := 1
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

TWO_AT_A_TIME := -n 2 --dist worksteal
# A chapter's cells belong to one kernel, and a notebook's clicks to one JupyterLab.
TWO_AT_A_TIME_BY_FILE := -n 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup book lab refresh test test-all bench mutants lint unit kills html notebooks browser packaging format clean

help:  ## List what you can make
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Got: $$($(PYTHON) --version 2>&1 || echo 'no $(PYTHON)')"; \
	  echo "Needed: Python 3.11 or newer"; \
	  echo "Next: install one, then name it: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Got: a Python that cannot make a virtual environment"; \
	  echo "Needed: its venv module"; \
	  echo "Next: install it (on Debian and Ubuntu: apt install python3-venv), then run make again"; exit 1; }

$(VENV)/.book: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing the book's packages (a few minutes the first time) ..."
	$(PIP) install --progress-bar on -c constraints.txt -e ".[book]"
	@touch $@

$(VENV)/.test: $(VENV)/.book
	@echo "Installing the tests' packages ..."
	$(PIP) install --progress-bar on -c constraints.txt -e ".[book,test]"
	@touch $@

setup: $(VENV)/.book  ## Prepare this machine: packages, a Java, Delta's jars, the fast start
	$(LAB) setup

book: setup  ## Run every chapter and build the HTML; say where it is
	$(BIN)/python tools/book.py build

lab: setup  ## Open JupyterLab on the introduction
	$(BIN)/jupyter lab --ip=127.0.0.1 $(AS_ROOT) book/foundations/introduction.ipynb

refresh: setup  ## Run the chapters and store their outputs in place; NOTEBOOKS="..." for some
	$(BIN)/python tools/book.py refresh $(NOTEBOOKS)

test: lint unit html notebooks browser  ## Prove everything (about three quarters of an hour on two cores)
	@echo "All tests passed."

test-all: test packaging kills  ## And what takes long: the wheel, Binder's steps, a bundled Java, a hundred kills

bench: setup $(VENV)/.test  ## Measure against other ways to do it (about two hours); BENCHMARKS="..." for some
	MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m tests.benchmarks $(BENCHMARKS)

mutants: setup $(VENV)/.test  ## Break each transform on purpose; every break must be noticed; MUTANTS="..." for some
	$(BIN)/python -m tests.mutants $(MUTANTS)

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

# Two at a time: each has a Spark of its own, which is one core's work most of the time, and a gigabyte.
unit: setup $(VENV)/.test
	MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m pytest $(TWO_AT_A_TIME) tests/kills tests/unit

kills: setup $(VENV)/.test
	KILL_ROUNDS=100 MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m pytest $(TWO_AT_A_TIME) tests/kills

# The way of `make book`, with one chapter run. The others show their stored outputs: `notebooks` runs those and
# compares, so to run them here too would only take longer. `make packaging` builds with all of them run.
html: setup $(VENV)/.test
	$(BIN)/python tools/book.py build --from-scratch --run introduction

notebooks: setup $(VENV)/.test
	MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m pytest $(TWO_AT_A_TIME_BY_FILE) --nbval --nbval-current-env --nbval-cell-timeout=300 --nbval-sanitize-with tests/notebooks/nbval.cfg book
	MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m pytest $(TWO_AT_A_TIME) tests/notebooks

# The pages in one browser, the panels in a JupyterLab beside it.
browser: setup $(VENV)/.test
	$(BIN)/python -m pytest $(TWO_AT_A_TIME_BY_FILE) --confcutdir=tests/browser tests/browser

packaging: setup $(VENV)/.test
	$(BIN)/python tools/book.py build --from-scratch
	MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m pytest tests/packaging

format: $(VENV)/.test  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## Remove what was built, never a workspace of yours
	rm -rf _build dist build *.egg-info
