PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What `make scan` looks at: this project with its npm example under examples/, or TARGET.
TARGET ?= .
FLAGS ?=
PYTEST_FLAGS ?= -n auto

.PHONY: scan test check live docs clean

scan: $(VENV)/.ready
	$(BIN)/doorward scan $(TARGET) $(FLAGS)

test: $(VENV)/.ready
	$(BIN)/python -m pytest $(PYTEST_FLAGS) --ignore=tests/guard
	$(BIN)/python -m pytest tests/guard

live: $(VENV)/.ready
	$(BIN)/python -m pytest -m live -rs

check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

docs: $(VENV)/.ready
	$(BIN)/python docs/generate.py

$(VENV)/.ready: requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "doorward needs Python 3.11 or newer: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
