# Second Look. `make help` lists what there is; `make run` is all that a first visit needs.

# The first Python on the PATH that is new enough; where none is, plain python3, for it can still say what is missing.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$each && exit; done; echo python3)
VENV := .venv/bin/python
PORT ?= 8000
# Tests wait much of their time, for servers, workers and browsers: two processes a core. More than eight would run out
# of the database's connections.
TEST_PROCESSES ?= $(shell $(PYTHON) -c 'import os; print(min(8, 2 * (os.cpu_count() or 1)))')
TESTS ?= tests
# What `make check` runs, the longest first: several at once.
CHECKS := $(addprefix check-,mypy migrations ruff imports dependencies security)

export PORT

.DEFAULT_GOAL := help
.PHONY: help setup run test check $(CHECKS) bench bench-estimators messages lock

help:  ## List what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup:  ## Install what runs and the tools, and nothing else
	@$(PYTHON) scripts/set_up.py dev --browser

run:  ## Install what is missing, then start everything (PORT=8000)
	@$(PYTHON) scripts/set_up.py run --port $(PORT)
	@$(VENV) manage.py up

test:  ## Every test (TESTS=tests/moderation for some)
	@$(PYTHON) scripts/set_up.py dev --browser
	$(VENV) -m pytest -n $(TEST_PROCESSES) --dist worksteal $(TESTS)

check:  ## Lint, format, types, import contracts, migrations; no tests
	@$(PYTHON) scripts/set_up.py dev
	@$(MAKE) --no-print-directory --keep-going --jobs=2 $(CHECKS)

check-mypy:
	$(VENV) -m mypy .

check-ruff:
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .

check-imports:
	.venv/bin/lint-imports

check-dependencies:
	.venv/bin/deptry .

check-security:
	$(VENV) -m bandit --quiet --recursive --severity-level medium --configfile pyproject.toml .

check-migrations:
	$(VENV) manage.py makemigrations --check --dry-run
	$(VENV) -m scripts.lint_migrations

bench:  ## Measure what must stay fast, against its limits (BENCH=answering for one part)
	@$(PYTHON) scripts/set_up.py dev --browser
	$(VENV) -m bench $(BENCH)

bench-estimators:  ## Prove the intervals on simulated periods, ten minutes on two free cores (CELLS="drift R=.9" for some)
	@$(PYTHON) scripts/set_up.py dev
	$(VENV) -m bench.estimators $(CELLS)

messages:  ## Bring the translations up to date with what is said (locale/)
	@$(PYTHON) scripts/set_up.py dev
	$(VENV) -m scripts.messages

lock:  ## Write requirements.txt and requirements-dev.txt anew from the short lists
	$(PYTHON) scripts/lock.py
