# Every target creates or reuses .venv on a machine that has only python3 (3.11 or newer).
# `make -s help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DATA ?= ../shared/data
export BENTOML_DO_NOT_TRACK := True

.PHONY: help setup demo test explore lint serve bench results format clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(STAMP)  ## create .venv with the pinned versions

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "python3 -m venv failed; on Debian: apt-get install python3-venv, then run make again"; exit 1; }
	@echo "Installing the pinned versions into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -b constraints.txt -e '.[dev]'
	@touch $@

demo: $(STAMP)  ## the whole job on a simulated market, in a few minutes
	@$(BIN)/leadquality demo --into demo

test: $(STAMP)  ## every test
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not faults"
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m faults

explore: $(STAMP)  ## the property tests again and again, each time with examples not seen before
	@while HYPOTHESIS_PROFILE=explore $(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not faults" $$(grep -rl --include='test_*.py' '@given' tests); do :; done

lint: $(STAMP)  ## style, types, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP)  ## rewrite the code in the house style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

serve: $(STAMP)  ## the scoring service on the demo's champion (run make demo first)
	@$(BIN)/leadquality serve --tracking-uri sqlite:///demo/mlflow.db --ledger demo/ledger.db

bench: $(STAMP)  ## benchmarks, each as a ratio side by side in one run
	@$(BIN)/python -m benchmarks.features
	@$(BIN)/python -m benchmarks.service

results: $(STAMP)  ## train on the public data sets under DATA and write docs/results.md
	@$(BIN)/python -m benchmarks.results --data $(DATA)

clean:  ## remove what the other targets made
	@rm -rf $(VENV) demo results .cache
