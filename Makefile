# make run: the server. make test: the tests. Everything else is for those who change muadam.
.PHONY: install run test test-browser style check bench lock

PYTHON ?= python3
BIN := .venv/bin

run: .venv/.installed
	$(BIN)/muadam serve

install: .venv/.installed

# The hashed lock is all that is installed; muadam itself is linked, not built from the network.
.venv/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "muadam needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

test: .venv/.installed-dev
	$(BIN)/python -m pytest -n auto

# Needs a Chromium (Debian: apt-get install chromium).
test-browser: .venv/.installed-dev
	$(BIN)/python -m pytest -m browser tests/browser

# Format, lint, types, and the lessons' own lint.
style: .venv/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/muadam lint

check: style test

bench: .venv/.installed-dev
	$(BIN)/python -m benchmarks.road

# Needs uv; run it after a change of the dependencies in pyproject.toml.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --extra build pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --extra build --extra dev --constraint requirements.lock pyproject.toml \
		--output-file requirements-dev.lock
