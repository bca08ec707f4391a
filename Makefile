# Every target makes .venv and installs what it needs by itself, from the hashed lock files.
# A machine needs only make and a Python from 3.11 to 3.13 (`make demo PYTHON=python3.12` picks another one).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --no-header --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-emit-index-url

# A stamp says when a step was last done; a changed lock file makes the step run again.
CREATED := $(VENV)/.created
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
PACKAGE := $(VENV)/.package-installed

.DEFAULT_GOAL := help
.PHONY: help demo test lint check bench lock clean
.DELETE_ON_ERROR:

help:
	@echo "make demo    run the whole pipeline on a synthetic market, offline"
	@echo "make test    run all tests"
	@echo "make lint    format, lint, types and imports"
	@echo "make check   the same and the fast tests"
	@echo "make bench   measure speed and memory"
	@echo "make lock    work out the lock files in requirements/ again"
	@echo "make clean   remove .venv and what tools left behind"

demo: $(PACKAGE)
	@$(BIN)/autotrading demo

test: $(PACKAGE) $(DEVELOPMENT)
	@$(BIN)/python -m pytest -n 2

lint: $(PACKAGE) $(DEVELOPMENT)
	@echo "== format";  $(BIN)/ruff format --check .
	@echo "== lint";    $(BIN)/ruff check .
	@echo "== types";   $(BIN)/mypy
	@echo "== imports"; $(BIN)/lint-imports --no-logo

check: lint
	@echo "== fast tests"; $(BIN)/python -m pytest -q -n 2 tests/architecture tests/unit

bench: $(PACKAGE) $(DEVELOPMENT)
	@$(BIN)/python -m tests.benchmarks

# Needs the network. Versions already locked stay unless pyproject.toml rules them out; to take
# the newest of everything, remove requirements/*.txt first. The files name no index, hold for
# Python 3.11 to 3.13 on any platform, and agree with each other: development is worked out
# first and binds the other two. Review the difference, then run `make check test`.
lock: $(CREATED)
	@echo "== resolving the lock files"
	@$(PIP) install uv
	@$(COMPILE) pyproject.toml --group dev --output-file requirements/dev.txt
	@$(COMPILE) pyproject.toml --constraint requirements/dev.txt --output-file requirements/runtime.txt
	@$(COMPILE) --group build --constraint requirements/dev.txt --output-file requirements/build.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist

$(CREATED):
	@$(PYTHON) -c 'import sys; v = sys.version_info; (3, 11) <= v < (3, 14) or sys.exit( \
		f"autotrading needs Python 3.11 to 3.13, but $(PYTHON) is {v[0]}.{v[1]}: try make PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make a virtual environment: on Debian or Ubuntu, apt-get install python3-venv" >&2; exit 1; }
	@echo "== creating $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(RUNTIME): requirements/runtime.txt requirements/build.txt $(CREATED)
	@echo "== installing the runtime packages"
	@$(PIP) install --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@touch $@

$(DEVELOPMENT): requirements/dev.txt $(RUNTIME)
	@echo "== installing the development packages"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(PACKAGE): pyproject.toml $(RUNTIME)
	@echo "== installing autotrading"
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
