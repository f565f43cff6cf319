# One command for everything: `make` lists them.  Needs Python 3.11 or newer, and make.

PYTHON ?= python3
VENV := .venv
SITES := .venv-sites
GENERATORS := .generators
BIN := $(VENV)/bin
COUNT ?= 1000000

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore

.DEFAULT_GOAL := help
.PHONY: help demo test lint check bench docs fuzz spark sites generators catalogues screenshots clean

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/installed ## Run two blogs and a receiver with play money; CHECK=1 tells the story and ends
	@$(BIN)/python examples/demo.py $(if $(CHECK),--check)

test: $(VENV)/installed-dev ## Run the tests; ARGS='-k button' for some of them
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 $(ARGS)

lint: $(VENV)/installed-dev ## Check style, types and floors
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo 'not formatted; run: $(BIN)/ruff format .'; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@report=$$($(BIN)/lint-imports --no-logo) || { echo "$$report"; exit 1; }

check: lint test ## All that must pass before a commit

bench: $(VENV)/installed-dev ## Run the benchmarks: ratios against a baseline of the same run; ARGS='clicks' for some
	@PYTHONPATH=plugins $(BIN)/python -m bench $(ARGS)

docs: $(VENV)/installed-dev ## Check that the documentation is complete and its examples are true
	@$(BIN)/python -m pytest --quiet -m docs
	@$(BIN)/python -m pytest --quiet tests/docs

fuzz: $(VENV)/installed-dev ## Verify a million mutated tokens; COUNT=… for more
	@PYTHONPATH=.:plugins $(BIN)/python tests/flattr_button/fuzz_tokens.py --count $(COUNT)

spark: $(VENV)/installed-spark ## Install Spark, 455 MB, so that its tests run; needs Java 17 (Debian: default-jre-headless)

sites: $(SITES)/installed ## Install generators, themes and plugins of others, so that the tests with them run

generators: $(GENERATORS)/installed ## Install the site generators that snippets are tried in, 500 MB, so that their tests run

catalogues: $(VENV)/installed-dev ## Bring receiver/locale up to date with what pages say
	@PYTHONPATH=plugins $(BIN)/python -m tests.receiver.catalogues

screenshots: $(VENV)/installed-dev ## Take a picture of every page, at phone and desktop width, light and dark
	@$(BIN)/python -m tests.browser.screenshots

clean: ## Remove what tests, builds and the demo leave; the virtual environment stays
	@rm -rf build dist .demo screenshots .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find receiver plugins tests bench examples -name __pycache__ -type d -prune -exec rm -rf {} +

# What a blog and a receiver need.
$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed: make PYTHON=python3.12 …'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo 'Python lacks venv; install it: apt-get install python3-venv'; exit 1; }
	@test -x $(BIN)/python || { echo 'making $(VENV) …'; $(PYTHON) -m venv $(VENV); }
	@echo 'installing …'
	@$(BIN)/python -m pip install -qq --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install -qq --editable '.[receiver,postgres,pelican,mkdocs,markdown]'
	@touch $@

# And what its engineers need.
$(VENV)/installed-dev: $(VENV)/installed
	@$(BIN)/python -m pip install -qq --group dev
	@touch $@

# And what is too big for most of them.
$(VENV)/installed-spark: $(VENV)/installed-dev
	@$(BIN)/python -m pip install -qq --group spark
	@touch $@

# And what cannot live beside Pelican, which wants an older Pygments: in an environment of its own.
$(SITES)/installed: pyproject.toml
	@test -x $(SITES)/bin/python || { echo 'making $(SITES) …'; $(PYTHON) -m venv $(SITES); }
	@$(SITES)/bin/python -m pip install -qq --upgrade 'pip>=25.1'
	@$(SITES)/bin/python -m pip install -qq --editable . --group sites
	@touch $@

# And the generators of the snippets, in one more environment, for Lektor wants an old setuptools and an old Flask.
# Node comes from there, too: Debian's is too old for Astro.
$(GENERATORS)/installed: pyproject.toml tests/snippets/node/package.json tests/snippets/node/package-lock.json
	@test -x $(GENERATORS)/python/bin/python || $(PYTHON) -m venv $(GENERATORS)/python
	@echo 'installing the site generators …'
	@$(GENERATORS)/python/bin/python -m pip install -qq --upgrade 'pip>=25.1'
	@$(GENERATORS)/python/bin/python -m pip install -qq --group generators
	@mkdir -p $(GENERATORS)/node
	@cp tests/snippets/node/package.json tests/snippets/node/package-lock.json $(GENERATORS)/node
	@cd $(GENERATORS)/node && PATH="$(CURDIR)/$(GENERATORS)/python/bin:$$PATH" \
		npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@
