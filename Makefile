# make setup   the environment in .venv, exactly as locked        make test    all quick tests
# make demo    the product with an invented organisation          make check   style, types, layers, content, docs
# make bench   the figures of docs/performance.md                 make lock    new versions, within pyproject.toml
#
# Needs python3 (3.11 or newer), python3-venv and make; everything else is fetched, pinned and hashed.

SHELL := /bin/sh
.DEFAULT_GOAL := setup
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
PYTEST_ARGS ?=
WORKERS ?= 2

# Caches stay in the tree: an account may have no home to write to.
export UV_CACHE_DIR ?= $(CURDIR)/.cache/uv
export UV_PYTHON_DOWNLOADS := never
# A company's own certificate authority stands in the system's store; a machine without a store uses uv's.
export UV_SYSTEM_CERTS ?= $(if $(wildcard /etc/ssl/certs/ca-certificates.crt),true,false)
export UV_CUSTOM_COMPILE_COMMAND := make lock
export PIP_CACHE_DIR ?= $(CURDIR)/.cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV

LOCK := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links

.PHONY: setup demo test check bench lock clean

setup: .venv/.installed

.venv/.uv: requirements-uv.txt
	@$(PYTHON) -c 'import sys; sys.exit("securescore needs Python 3.11 or newer; name one with make PYTHON=..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements-uv.txt
	@touch $@

.venv/.installed: .venv/.uv requirements-dev.txt pyproject.toml
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	$(BIN)/securescore demo

test: setup
	$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/securescore catalog check
	$(BIN)/python -m pytest --quiet tests/repository

bench: setup
	$(BIN)/python -m benchmarks

lock: .venv/.uv
	echo uv | $(UV) $(LOCK) --output-file requirements-uv.txt -
	$(UV) $(LOCK) --output-file requirements.txt pyproject.toml
	$(UV) $(LOCK) --constraints requirements.txt --group dev --group build --output-file requirements-dev.txt pyproject.toml

clean:
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
