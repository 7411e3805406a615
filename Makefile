# Everything a developer types. `make help` lists it.
VENV := .venv
BIN := $(VENV)/bin
RUNNABLE := $(VENV)/.runnable
INSTALLED := $(VENV)/.installed
SOURCES := webhook_app worker infra tests

# A folder that was moved, or a Python that is gone, leaves a .venv that does not work.
$(shell test -x $(BIN)/python && test "$$(cat $(RUNNABLE) 2>/dev/null)" = "$$(pwd -P)" || rm -f $(RUNNABLE) $(INSTALLED))

.DEFAULT_GOAL := help
.PHONY: help install run test proofs chaos chaos-hosts bench bench-quick scaling tour lint format lock clean

help:  ## Show this list
	@while IFS= read -r line; do case $$line in \
		[a-z]*:*"## "*) printf '  make %-11s %s\n' "$${line%%:*}" "$${line##*## }" ;; \
	esac; done <Makefile

install: $(INSTALLED)  ## Make .venv from the locked requirements

# What runs it comes first and alone, so that a newcomer waits for nothing else.
$(RUNNABLE): requirements.txt
	@PYTHON="$(PYTHON)" infra/install.sh $(VENV) requirements.txt
	@pwd -P > $@

$(INSTALLED): requirements-dev.txt $(RUNNABLE)
	@echo "Adding the developers' tools …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

run: $(RUNNABLE)  ## Start everything; services without credentials are stood in for
	@$(BIN)/python -m infra.run

test: install  ## Run the tests (real processes, a real Valkey)
	$(BIN)/python -m pytest -m "not slow and not browser"

proofs: install  ## Run the slower tests: kill points, cold starts, fuzzing, the chat page in Chromium
	$(BIN)/python -m pytest -m "slow or browser"

chaos: install  ## Kill everything at random; no job may be lost, paid or delivered twice (SEED=1)
	$(BIN)/python -m tests.chaos --jobs 500 --people 50 --seed $(or $(SEED),1)

chaos-hosts: install  ## Cut off, kill and fail over hosts of a network of their own; needs root (SEED=1)
	$(BIN)/python -m tests.chaos_hosts --seed $(or $(SEED),1)

tour: install  ## Play every flow on a phone, and write docs/tour.md of what was seen
	$(BIN)/python -m tests.tour

bench: install  ## Measure everything beside its peers, and write docs/performance.md
	$(BIN)/python -m tests.bench

bench-quick: install  ## The same in a minute or two; nothing is written
	$(BIN)/python -m tests.bench --quick

scaling: install  ## Work out from the bench's figures what is carried and what breaks first, into docs/scaling.md
	$(BIN)/python -m tests.scaling

lint: install  ## Check style, types and the floors of the house
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports

format: install  ## Put the code into shape
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

lock: install  ## Pin the newest allowed versions, with hashes and without addresses
	$(BIN)/uv pip compile -q $(LOCK_OPTIONS) pyproject.toml -o requirements.txt --upgrade
	$(BIN)/uv pip compile -q $(LOCK_OPTIONS) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt --upgrade
	$(BIN)/uv pip compile -q $(LOCK_OPTIONS) tests/bench/requirements.in -o tests/bench/requirements.txt --upgrade

LOCK_OPTIONS := --universal --python-version 3.12 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --no-annotate

clean:  ## Remove what was installed and what running left behind
	rm -rf $(VENV) .venv-* .run .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
