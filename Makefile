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
# A notebook's clicks belong to one JupyterLab.
TWO_AT_A_TIME_BY_FILE := -n 2 --dist loadfile
# A chapter's cells belong to one kernel. Each worker has one warm JVM for its chapters.
CHAPTERS := --ignore=book/exercises -p tests.notebooks.warm -n 2 --dist loadscope --nbval --nbval-current-env --nbval-cell-timeout=300 \
  --nbval-sanitize-with tests/notebooks/nbval.cfg
# What tools.timings reads at the end.
REPORT = --junitxml=_build/timings/$(1).xml

.DEFAULT_GOAL := help
.PHONY: help setup ready book html lab exercises refresh check test test-all bench mutants lint unit kills pages notebooks alone reversed answers misuse browser packaging \
  address links offline-book wheel release smoke next-versions format clean

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

# Chapters that share a JVM start once: the fast start is made when a reader first opens a lab.
ready: $(VENV)/.book
	$(LAB) setup --without-fast-start

book: ready  ## Run every chapter and build the HTML; say where it is
	$(BIN)/python -m tools.book build

html: $(VENV)/.book  ## Build the HTML from the stored outputs: no Java, no chapter runs
	$(BIN)/python -m tools.book html

lab: setup  ## Open JupyterLab on the introduction
	@$(BIN)/jupyter trust $$(find book -name '*.ipynb' -not -path '*/.ipynb_checkpoints/*') > /dev/null
	$(BIN)/jupyter lab --ip=127.0.0.1 $(AS_ROOT) book/foundations/introduction.ipynb

# Exercises are derived: a change belongs into book/solutions.
exercises: $(VENV)/.book  ## Make book/exercises of book/solutions
	$(BIN)/python -m tools.exercises

refresh: ready  ## Run the chapters and store their outputs in place; NOTEBOOKS="..." for some
	$(BIN)/python -m tools.book refresh $(NOTEBOOKS)

test: lint unit pages notebooks browser  ## Prove everything (half an hour to an hour on two cores)
	$(BIN)/python -m tools.timings
	@echo "All tests passed."

check: setup $(VENV)/.test  ## Try what you changed, in three minutes: its tests, its chapter; SINCE=<commit> for more
	MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m tools.check --since $(or $(SINCE),HEAD)

test-all: test packaging kills alone reversed answers misuse  ## And what takes long: the wheel, a hundred kills, each chapter alone

bench: setup $(VENV)/.test  ## Measure against other ways to do it (about two hours); BENCHMARKS="..." for some
	MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m tests.benchmarks $(BENCHMARKS)

mutants: setup $(VENV)/.test  ## Break each transform on purpose; every break must be noticed; MUTANTS="..." for some
	$(BIN)/python -m tests.mutants $(MUTANTS)

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema custom.github-workflows-require-timeout .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/check-jsonschema --schemafile .devcontainer/schema.json .devcontainer/devcontainer.json
	$(BIN)/mypy

# Two at a time: each has a Spark of its own, which is one core's work most of the time, and a gigabyte.
unit: setup $(VENV)/.test
	@rm -rf _build/timings
	MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m pytest $(TWO_AT_A_TIME) $(call REPORT,unit) tests/kills tests/unit

kills: setup $(VENV)/.test
	KILL_ROUNDS=100 MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m pytest $(TWO_AT_A_TIME) tests/kills \
	  tests/unit/runtime/test_cluster.py

# The way of `make book`, with one chapter run. The others show their stored outputs: `notebooks` runs those and
# compares, so to run them here too would only take longer. `make packaging` builds with all of them run.
pages: setup $(VENV)/.test
	$(BIN)/python -m tools.book build --from-scratch --run introduction

notebooks: setup $(VENV)/.test
	MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m pytest $(CHAPTERS) $(call REPORT,notebooks) book tests/notebooks

# Each chapter in a process and a JVM of its own, as a reader has it.
alone: setup $(VENV)/.test
	MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m pytest $(CHAPTERS) --own-jvm book tests/notebooks

# What readers do by mistake, in every chapter.
misuse: setup $(VENV)/.test
	$(BIN)/python -m pytest $(TWO_AT_A_TIME) tests/misuse

# Every answer that is known to every exercise; `unit` tries one right and one wrong one of each.
answers: setup $(VENV)/.test
	ALL_ANSWERS=1 MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m pytest $(TWO_AT_A_TIME) tests/unit/classroom

# What a chapter shows must not hang on which one ran before it.
reversed: setup $(VENV)/.test
	MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m pytest $(CHAPTERS) --reversed-chapters --no-loadscope-reorder book

# The pages in one browser, the panels in a JupyterLab beside it.
browser: setup $(VENV)/.test
	$(BIN)/python -m pytest $(TWO_AT_A_TIME_BY_FILE) $(call REPORT,browser) --confcutdir=tests/browser tests/browser

packaging: setup $(VENV)/.test
	$(BIN)/python -m tools.book build --from-scratch
	MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/python -m pytest tests/packaging

# ---------------------------------------------------------------- publishing: what .github/workflows call
address: $(VENV)/.book  ## Write pyproject.toml's address of the repository where it is shown
	$(BIN)/python -m tools.address

links: $(VENV)/.book  ## Ask whether the pages of other sites that the book links to are still there
	$(BIN)/python -m tools.links $(LINKS)

offline-book: book  ## Pack the built book into one archive, in dist
	$(BIN)/python -m tools.offline_book $(OFFLINE_BOOK)

wheel: $(VENV)/.test  ## Build the package's wheel, in dist
	$(BIN)/python -m build --wheel --outdir dist .

# Needs no environment: the job that may write a release installs nothing.
release:  ## Attach what is in dist to the release of a tag: TAG=v1.2.3
	$(PYTHON) -m tools.release $(TAG)

# What another system has to show: it starts, streams run, a chapter runs.
SMOKE_CHAPTER := the_lab
smoke: setup  ## Show that this system can run it: the demo, and one chapter
	MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(LAB) demo
	@mkdir -p _build/smoke
	MEDALLION_LAB_HOME=$(LAB_TEST_HOME) $(BIN)/papermill --no-progress-bar --kernel python3 --cwd book/foundations \
	  book/foundations/$(SMOKE_CHAPTER).ipynb _build/smoke/$(SMOKE_CHAPTER).ipynb

next-versions: setup  ## Try the newest Spark and Delta, in a copy of the project
	$(BIN)/python -m tools.next_versions $(NEXT)

format: $(VENV)/.test  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: map
map: $(VENV)/.book  ## Write CONTRIBUTING's map from the modules' terms
	$(BIN)/python -m tools.map

.PHONY: formats
formats: $(VENV)/.book  ## Write the page of formats from the table of Auto Loader's options
	$(BIN)/python -m tools.formats

clean:  ## Remove what was built, never a workspace of yours
	rm -rf _build dist build *.egg-info
