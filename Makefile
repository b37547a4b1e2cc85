# Everything a person or CI runs. Each target makes .venv and installs what it needs first.
# Settings can be given behind any target: `make run PORT=9000 PROVIDERS=demo` (make hands them to the app).

SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?=
PYTEST_ARGS ?=
VENV := .venv
PY := $(VENV)/bin/python
APP := $(VENV)/.installed-app
DEV := $(VENV)/.installed-dev
WEBKITGTK_VENV := .venv-webkitgtk
WEBKITGTK := $(WEBKITGTK_VENV)/.installed
UV_VENV := .venv-uv
UV_VERSION := 0.13.8
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: help run run-dynamodb worker warm invalidate test coverage check format bench faults tables requirements clean

help:
	@echo 'make run          the app at http://127.0.0.1:8050 (make run PORT=9000 …)'
	@echo 'make run-dynamodb the app on DynamoDB Local (Docker, or DDB_LOCAL_DIR=…)'
	@echo 'make worker       the background worker alone (make run has it as a thread)'
	@echo 'make warm         fetch ahead what is looked at often (TICKERS="AAPL MSFT")'
	@echo 'make invalidate   forget what is held of TICKERS="AAPL", or of everything: TICKERS=all'
	@echo 'make test         install what the tests need and run all of them'
	@echo 'make check        format, lint, types, layers'
	@echo 'make coverage     the tests with line and branch coverage'
	@echo 'make bench        the benchmarks'
	@echo 'make faults       measure what holds under fault and load, for docs/reliability.md'
	@echo 'make tables       create the tables that are missing'
	@echo 'make format       format the code and sort its imports'
	@echo 'make requirements resolve requirements*.in anew (UPGRADE=1: to the newest versions)'
	@echo 'make clean        remove what can be made again; prices in .data stay'

run: $(APP)
	@exec $(PY) app.py

run-dynamodb: $(APP)
	@exec $(PY) -m tools.dynamodb_local

worker: $(APP)
	@exec $(PY) app.py worker

warm: $(APP)
	@exec $(PY) app.py warm $(TICKERS)

invalidate: $(APP)
	@exec $(PY) app.py invalidate $(TICKERS)

tables: $(APP)
	@exec $(PY) app.py tables

# WebKitGTK is driven by a newer Selenium than dash[testing] allows, in a run and an environment of its own.
test: $(DEV) $(WEBKITGTK)
	@$(PY) -m tools.test_needs
	@$(PY) -m tools.run_tests $(PYTEST_ARGS)

coverage: $(DEV) $(WEBKITGTK)
	@$(PY) -m tools.test_needs
	@$(PY) -m tools.run_tests --cov --cov-report=term --cov-fail-under=90 $(PYTEST_ARGS)

check: $(DEV)
	@failed=; for step in 'ruff format --check .' 'ruff check .' mypy tools.layers; do \
		echo "== $$step"; $(PY) -m $$step || failed="$$failed [$$step]"; done; \
		if [ -n "$$failed" ]; then echo "check failed:$$failed"; exit 1; fi

format: $(DEV)
	@$(PY) -m ruff check --fix-only --select I .
	@$(PY) -m ruff format .

bench: $(DEV)
	@exec $(PY) -m benchmarks

faults: $(DEV)
	@exec $(PY) -m benchmarks.faults

# The app's pins first; then the tests' on top of them. Only urllib3 differs: dash[testing] drives the browser with
# Selenium <= 4.2, which speaks to urllib3 1. UPGRADE=1 takes the newest versions instead of keeping those pinned.
requirements: $(UV_VENV)/.installed
	@$(UV_VENV)/bin/python -m tools.requirements $(if $(UPGRADE),--upgrade)

clean:
	rm -rf $(VENV) $(UV_VENV) $(WEBKITGTK_VENV) node_modules test-results htmlcov .coverage .coverage.*
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@python=$$(sh tools/python.sh '$(PYTHON)') && echo "Making $(VENV) with $$python" && "$$python" -m venv $(VENV)

# The tests' set holds the app's at other versions of urllib3: whoever installs last removes the other's stamp, but
# an app that finds the tests' set in place is content with it.
$(APP): requirements.txt | $(PY)
	@if [ $(DEV) -nt requirements.txt ] && [ $(DEV) -nt requirements-dev.txt ]; then :; else \
		echo 'Installing what the app needs (once)'; \
		rm -f $(DEV) && $(PY) $(PIP_INSTALL) -r requirements.txt; fi
	@touch $(APP)

$(DEV): requirements-dev.txt | $(PY)
	@echo 'Installing what the tests and checks need (once)'
	@$(PY) $(PIP_INSTALL) -r requirements-dev.txt
	@touch $(APP) $(DEV)

$(WEBKITGTK): requirements-webkitgtk.txt
	@echo 'Installing what the WebKitGTK suite needs (once)'
	@python=$$(sh tools/python.sh '$(PYTHON)') && "$$python" -m venv $(WEBKITGTK_VENV)
	@$(WEBKITGTK_VENV)/bin/python $(PIP_INSTALL) -r requirements-webkitgtk.txt
	@touch $@

$(UV_VENV)/.installed: Makefile
	@python=$$(sh tools/python.sh '$(PYTHON)') && "$$python" -m venv $(UV_VENV)
	@$(UV_VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@
