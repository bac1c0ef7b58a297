# Works from a bare checkout with Python 3.11 or later, make and gcc.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SET_UP := $(VENV)/.set-up

.PHONY: run test check bench docs lock clean

$(SET_UP): constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tierwise needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r constraints.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

# The gateway comes with its own change; until then `run` shows the job that works today on the sample log.
run: $(SET_UP)
	$(BIN)/tierwise backtest examples/sessions.jsonl --reference claude-opus-4-8

check: $(SET_UP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/docs.py --check

test: check
	$(BIN)/python tools/suite.py

bench: $(SET_UP)
	$(BIN)/python -m benchmarks

docs: $(SET_UP)
	$(BIN)/python tools/docs.py

# Re-resolve constraints.txt (needs uv, which is not part of the lock).
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --all-extras --group dev pyproject.toml -o constraints.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
