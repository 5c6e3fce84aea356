.PHONY: install demo test check bench faults format translations
PYTHON ?= python3
BIN := .venv/bin
export UV_PROJECT_ENVIRONMENT := .venv
# Compiled modules are kept, whatever the shell says: the tests start the application a hundred times.
unexport PYTHONDONTWRITEBYTECODE

install: .venv/.installed

# uv comes through pip, so that an empty machine needs only Python and make.
.venv/.installed: pyproject.toml uv.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv sync --quiet --frozen --inexact
	touch $@

demo: install
	$(BIN)/hotline demo

test: install
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest -q -n 2 --dist worksteal

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hotline flow lint
	$(MAKE) test

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install
	$(BIN)/python -m tests.benchmarks

faults: install
	$(BIN)/python -m pytest -q tests/faults --long
