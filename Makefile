# Works from a bare checkout with Python 3.11 or later, make and gcc.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SET_UP := $(VENV)/.set-up

.PHONY: run test check bench eval e2e judges soak kills train docs lock clean

$(SET_UP): constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tierwise needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r constraints.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

# The gateway with its embedded defaults: what keys there are in the environment, else the built-in demo upstream.
run: $(SET_UP)
	$(BIN)/tierwise serve

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

# Every figure of the quality side, from the shared data (skipped without ../shared); writes docs/evidence.md.
eval: $(SET_UP)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m evaluation --write

# Real clients through the gateway, outside judges, long runs: on demand, they take their time and install what they need.
e2e: $(SET_UP)
	$(BIN)/python -m e2e --write

judges: $(SET_UP)
	$(BIN)/python -m judges --write

soak: $(SET_UP)
	$(BIN)/python -m benchmarks soak

# Learn again what requests are read with (needs ../shared); the weights are part of the package.
train: $(SET_UP)
	$(BIN)/python -m training

kills: $(SET_UP)
	$(BIN)/python -m benchmarks kills

docs: $(SET_UP)
	$(BIN)/python tools/docs.py

# Re-resolve constraints.txt (needs uv, which is not part of the lock).
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --extra plot --extra parquet --extra postgres --extra otel --group dev pyproject.toml -o constraints.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
