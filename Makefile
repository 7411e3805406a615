# Everything a developer types. `make help` lists it.
VENV := .venv
BIN := $(VENV)/bin
RUNNABLE := $(VENV)/.runnable
INSTALLED := $(VENV)/.installed
SOURCES := webhook_app worker infra tests

# A moved folder or a removed Python leaves a .venv that does not work: build it again.
$(shell test -x $(BIN)/python && test "$$(cat $(RUNNABLE) 2>/dev/null)" = "$$(pwd -P)" || rm -f $(RUNNABLE) $(INSTALLED))

.DEFAULT_GOAL := help
.PHONY: help install run test proofs chaos chaos-hosts bench bench-quick scaling model-tables prompt-check tour lint format lock clean

help:  ## Show this list
	@while IFS= read -r line; do case $$line in \
		[a-z]*:*"## "*) printf '  make %-11s %s\n' "$${line%%:*}" "$${line##*## }" ;; \
	esac; done <Makefile

install: $(INSTALLED)  ## Make .venv from the locked requirements

# `make run` installs the runtime packages only, so that it starts sooner.
$(RUNNABLE): requirements.txt
	@PYTHON="$(PYTHON)" infra/install.sh $(VENV) requirements.txt
	@pwd -P > $@

$(INSTALLED): requirements-dev.txt $(RUNNABLE)
	@echo "Installing the development tools …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

run: $(RUNNABLE)  ## Start everything; services without credentials are replaced by local fakes
	@$(BIN)/darkroom run

test: install  ## Run the tests (real processes, a real Valkey)
	$(BIN)/python -m pytest -m "not slow and not browser"

proofs: install  ## Run the slow tests: flows, kill points, fuzzing, the chat page in Chromium
	$(BIN)/python -m pytest -m "slow or browser"

chaos: install  ## Kill processes at random; no job may be lost, paid or delivered twice (SEED=1)
	$(BIN)/python -m tests.chaos --jobs 500 --users 50 --seed $(or $(SEED),1)

chaos-hosts: install  ## Cut off, kill and fail over hosts in a test network; needs root (SEED=1)
	$(BIN)/python -m tests.chaos_hosts --seed $(or $(SEED),1)

model-tables: install  ## Write the tables of docs/models.md from the catalogue
	$(BIN)/python -m infra.fal.models.document

prompt-check: install  ## Translate thirty Russian prompts with the fake (REAL=1: with fal, for about $0.01)
	$(BIN)/python -m tests.prompt_check $(if $(REAL),--real)

tour: install  ## Run every user flow in a browser, and write docs/tour.md with screenshots
	$(BIN)/python -m tests.tour

bench: install  ## Measure Darkroom and its alternatives, and write docs/performance.md
	$(BIN)/python -m tests.bench

bench-quick: install  ## Run a short benchmark of a minute or two; write nothing
	$(BIN)/python -m tests.bench --quick

scaling: install  ## Compute capacity from the benchmark, and write docs/scaling.md
	$(BIN)/python -m tests.scaling

lint: install  ## Check style, types, import layers, Lua, names and language
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n 0 tests/test_names.py tests/test_documents.py tests/test_lua.py

format: install  ## Format the code
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

lock: install  ## Pin the newest allowed versions, with hashes and without index URLs
	$(BIN)/uv pip compile -q $(LOCK_OPTIONS) pyproject.toml --group build -o requirements.txt --upgrade
	$(BIN)/uv pip compile -q $(LOCK_OPTIONS) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt --upgrade
	$(BIN)/uv pip compile -q $(LOCK_OPTIONS) tests/bench/requirements.in -o tests/bench/requirements.txt --upgrade

# With extras: pip looks for the hash of each requirement as a package asks for it, such as redis[hiredis].
LOCK_OPTIONS := --universal --python-version 3.12 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-strip-extras

clean:  ## Remove .venv, caches and the data of `make run`
	rm -rf $(VENV) .venv-* *.egg-info .run .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
