# Everything runs in .venv, which is made once and made anew when pyproject.toml changes.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help prove lock replay test lint types bench fuzz audit schema links clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "probanda needs Python 3.11 or later")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

prove: $(STAMP) ## prove the whole library, replay every counterexample and write the ledger
	$(BIN)/probanda prove --lock write

lock: prove ## the same

replay: $(STAMP) ## prove everything again and compare with the committed ledger
	$(BIN)/probanda replay

test: $(STAMP) ## run the tests
	$(BIN)/python -m pytest -n $(JOBS) -q

lint: $(STAMP) ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## check types (pyright, strict)
	$(BIN)/pyright

bench: $(STAMP) ## measure what terms, queries, commands and the library cost
	$(BIN)/python -m benchmarks

fuzz: $(STAMP) ## compare the readings on many more random terms than the tests do
	PROBANDA_FUZZ=100000 $(BIN)/python -m pytest -n $(JOBS) -q tests/verdicts -k fuzz

audit: $(STAMP) ## compare every operator with onnx.reference and onnxruntime, try its mutants, write docs/audit.md
	$(BIN)/python -m tests.audit

schema: $(STAMP) ## write the schemas in docs from the records they describe
	$(BIN)/python -m probanda.obligations.reports.schema docs

links: ## make the links probanda/ir -> ../ir and so on, where a checkout has lost them
	for d in ir encoders theories obligations; do ln -sfn ../$$d probanda/$$d; done

clean: ## remove what can be made again, the cache of answers included
	rm -rf .venv .probanda .pytest_cache .ruff_cache .hypothesis build dist
