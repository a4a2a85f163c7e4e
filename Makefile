# The daily work, in commands that run. `make help` lists them; nothing but Python 3.11 or newer and make is needed.
# ENGINE=ptb chooses the other engine, SCRIPT=1 plays the demonstration without waiting for anybody.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PY := .venv/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes
TYPED := bot handlers storage locales tests

.DEFAULT_GOAL := help
.PHONY: help demo run test check crash planted bench texts proof pictures rubric-report lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

.venv/runs: requirements.lock
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer with its venv module is needed, and was not found.'; exit 1; }
	@echo 'Preparing .venv with the libraries in requirements.lock. This takes a minute the first time.'
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PIP) -r requirements.lock
	@touch $@

.venv/tests: requirements-dev.lock .venv/runs
	@echo 'Adding the tools for tests and checks to .venv. This takes half a minute the first time.'
	@$(PIP) -r requirements-dev.lock
	@touch $@

demo: .venv/runs ## try the whole bot in a browser, no token needed (SCRIPT=1: it plays itself)
	$(PY) -m bot demo $(if $(SCRIPT),--script)

run: .venv/runs ## start the bot (needs BOT_TOKEN)
	$(PY) -m bot run

test: .venv/tests ## all tests
	$(PY) -m pytest

check: .venv/tests ## style, types, texts and the direction of imports
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy $(TYPED)
	$(PY) -m pytest tests/rules

bench: .venv/tests ## what the bot costs, against a bare one doing the same, in one table (takes some minutes)
	$(PY) -m tests.bench $(BENCH)

crash: .venv/tests ## kill the bot at each of its requests and see that nothing is lost (N=40: so many, drawn by SEED)
	$(PY) -m tests.crash $(if $(N),--points $(N)) $(if $(SEED),--seed $(SEED))

planted: .venv/tests ## plant known bugs one by one and see that a test fails with each (WORDS=I23: only those; half an hour in all)
	$(PY) -m tests.planted $(WORDS)

texts: .venv/tests ## collect the texts from the code into locales/ (new ones stay empty for the translator)
	$(PY) -m locales.collect

proof: .venv/tests ## write the table of what proves what, and the transcripts that stand in docs/
	$(PY) -m tests.proof

pictures: .venv/tests ## draw the papers of one invented complaint into docs/papers
	$(PY) -m tests.documents.pictures

rubric-report: .venv/runs ## how often the suggested topics are right, on sentences nobody tuned on
	$(PY) -m tests.handlers.rubric_report

lock: ## choose newer libraries within pyproject.toml (needs uv)
	uv pip compile pyproject.toml $(LOCKED) -o requirements.lock >/dev/null
	uv pip compile pyproject.toml --group pyproject.toml:dev -c requirements.lock $(LOCKED) -o requirements-dev.lock >/dev/null
LOCKED := --upgrade --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header -q

clean: ## throw away .venv and what the tools remember
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
