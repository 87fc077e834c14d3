# Holdfast: every command of the project. `make` alone prints them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CONFIG ?= configs/cdnow.yaml
# Nothing in this project phones home.
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true

.DEFAULT_GOAL := help
.PHONY: help train race tune score check-data mlflow report setup-browser html-checkers screenshots language test test-wheel check lint types layers docs docs-site bench-train bench-scale bench-read bench-clv bench-value bench-churn bench-experiments bench-monitor bench-report bench-tone bench-web bench-serve bench-spark test-spark audit fuzz kill mutate format lock clean

help:  ## Print this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

train: $(READY)  ## Purchases to trained models, scores and lists (CONFIG=configs/cdnow.yaml)
	@$(BIN)/holdfast run -c $(CONFIG)

race: $(READY)  ## Every contender on past windows, and what each family of features adds
	@$(BIN)/holdfast race -c $(CONFIG) --families

tune: $(READY)  ## Search LightGBM's parameters on past windows; stops at a budget, goes on where it stopped
	@$(BIN)/holdfast tune -c $(CONFIG)

score: $(READY)  ## Score today's customers with the champion
	@$(BIN)/holdfast score -c $(CONFIG)

check-data: $(READY)  ## Account for every line of the purchases; is there enough to learn from?
	@$(BIN)/holdfast check -c $(CONFIG)

report: $(READY)  ## One HTML file with what the other commands wrote (CONFIG=configs/cdnow.yaml)
	@$(BIN)/holdfast report -c $(CONFIG)

setup-browser: html-checkers  ## Install Chromium and Chinese letters from the system's packages, for the tests and pictures of the report (Debian, Ubuntu; as root)
	@apt-get install -y --no-install-recommends chromium fonts-wqy-microhei

html-checkers:  ## Install what the tests hold the report's HTML against (axe-core, html-validate), where npm is found
	@{ command -v npm >/dev/null && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; } \
	  || echo "No axe-core and html-validate: npm is not here, or reaches no packages. Their tests will say that they are skipped."

screenshots: $(READY)  ## Pictures of every report below outputs/, in further languages too, and of the web page, on a desk and on a phone, into screenshots/
	@$(BIN)/python -m docs.screenshots

language: $(READY)  ## Put new sentences into the catalogues of translations, and take out those that are gone
	@$(BIN)/python -m docs.catalogues

mlflow: $(READY)  ## Open the page of experiments and models (http://127.0.0.1:5000)
	@$(BIN)/mlflow ui --backend-store-uri sqlite:///models/mlflow.db --host 127.0.0.1 --port 5000

# Several tests run at once, each with one thread: threads that wait for a core spin.
test: export OMP_NUM_THREADS := 1
test: export OPENBLAS_NUM_THREADS := 1
test: $(READY)  ## Run all tests
	@$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term --cov-fail-under=90

test-wheel: export HOLDFAST_TEST_WHEEL := 1
test-wheel: $(READY)  ## Build the wheel, install it into an empty environment, and run the demo there (asks pip's index)
	@$(BIN)/python -m pytest -q -s -p no:cacheprovider tests/test_wheel.py

audit: $(READY)  ## What an audit can say offline: locked, untouched, nothing that runs what it reads; asks pip-audit where it is
	@$(BIN)/python -m tests.audit

kill: export OMP_NUM_THREADS := 1
kill: export OPENBLAS_NUM_THREADS := 1
kill: $(READY)  ## Kill every command that writes at 100 points, and run it again: the result must be the undisturbed one
	@$(BIN)/python -m tests.kill --points 100

mutate: $(READY)  ## Change the code of the cutoff, of lists and of CLV in small ways: do the tests notice? (MUTANTS=150 of each)
	@$(BIN)/python -m tests.mutants --mutants $(or $(MUTANTS),150)

check: lint types layers docs docs-site test  ## All that must be green before a commit

lint: $(READY)  ## Style of code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)  ## Types, of the benchmarks too
	@$(BIN)/mypy

layers: $(READY)  ## Imports run downhill
	@$(BIN)/lint-imports --no-cache

docs: $(READY)  ## Write the generated reference pages; fails if they had changed
	@$(BIN)/python -m docs.generate --check

docs-site: $(READY)  ## Build the documentation as pages to click through (build/docs/index.html); warnings are errors
	@$(BIN)/python -m sphinx -q -W --keep-going -E -b html -d build/doctrees docs build/docs
	@echo build/docs/index.html

bench-train: $(READY)  ## Time and memory of the main job, up to a million customers (BEFORE=a commit to run beside)
	@$(BIN)/python -m benchmarks.main_job --before "$(BEFORE)"

bench-scale: $(READY)  ## A shop of millions: check, train and score, beside their floors (CUSTOMERS=1000000 MEMORY=4GB SETTING=purchases)
	@$(BIN)/python -m benchmarks.scale --customers $(or $(CUSTOMERS),1000000) --memory $(or $(MEMORY),4GB) --setting $(or $(SETTING),purchases)

bench-read: $(READY)  ## Reading a CSV of ten million lines beside DuckDB's own reader (CUSTOMERS=1000000)
	@$(BIN)/python -m benchmarks.reading --customers $(or $(CUSTOMERS),1000000)

bench-clv: $(READY)  ## The CLV engine beside lifetimes: time, memory, same numbers
	@$(BIN)/python -m benchmarks.clv

bench-value: $(READY)  ## Purchases and value foreseen out of time on six logs, beside BG/NBD × Gamma-Gamma and last year (YOUNG=1: logs without a last year; LATER=1: what comes after the window; LEVEL=1: its level; SPEND=1: what a purchase is worth; OTHERS=1: businesses made up by other laws; LOGS=: some of them by name, or grocer)
	@$(BIN)/python -m benchmarks.value --data $(or $(DATA),../shared/data) $(if $(YOUNG),--young) $(if $(LATER),--later) $(if $(LEVEL),--level) $(if $(SPEND),--spend) $(if $(OTHERS),--others) $(if $(LOGS),--logs $(LOGS))

bench-churn: $(READY)  ## Training, scoring and reasons beside LightGBM alone; features beside a scan
	@$(BIN)/python -m benchmarks.churn

bench-experiments: $(READY)  ## Learnt policies in campaigns of known effect, the programme holdout and stores dealt as a whole where effects are known (WORLDS=200, PART=policies, nothing, programmes or clusters)
	@$(BIN)/python -m benchmarks.experiments --worlds $(or $(WORLDS),200) --part "$(PART)"

bench-web: $(READY)  ## The web page over a million customers: first paint, filters, memory (CUSTOMERS=1000000)
	@$(BIN)/python -m benchmarks.web --customers $(or $(CUSTOMERS),1000000)

bench-serve: $(READY)  ## The scoring service under load: latencies, a champion that changes, 1,000 bad bodies (SECONDS=30)
	@$(BIN)/python -m benchmarks.serve --seconds $(or $(SECONDS),30)

bench-spark: $(READY)  ## A log through Sail and local Spark beside DuckDB: equal columns, times, memory (LINES=10000000)
	@$(BIN)/python -m benchmarks.spark --lines $(or $(LINES),10000000)

test-spark: export OMP_NUM_THREADS := 1
test-spark: export OPENBLAS_NUM_THREADS := 1
test-spark: $(READY)  ## The tests of Spark Connect against real Spark 4; says aloud where Java 17 or pyspark is absent (SMALL=1: one of each kind)
	@$(BIN)/python -m tests.spark.real $(if $(SMALL),--small)

bench-report: $(READY)  ## Bytes, time and memory of the report of a million customers (CUSTOMERS=1000000)
	@$(BIN)/python -m benchmarks.report --customers $(or $(CUSTOMERS),1000000)

bench-monitor: $(READY)  ## How often the monitor notices what was planted, and cries wolf where nothing was (WORLDS=1000)
	@$(BIN)/python -m benchmarks.monitor --worlds $(or $(WORLDS),1000)

bench-tone: $(READY)  ## Tone learnt from scored comments beside a lexicon, on rated texts (TEXTS=FOLDER)
	@$(BIN)/python -m benchmarks.tone --texts $(TEXTS)

fuzz: $(READY)  ## Files and configurations that nobody wrote by hand, beside a plain reader (INPUTS=100000 MINUTES=inf)
	@$(BIN)/python -m tests.fuzz --inputs $(or $(INPUTS),100000) --minutes $(or $(MINUTES),inf)

format: $(READY)  ## Format the code and write the reference pages
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/python -m docs.generate

lock: $(READY)  ## Resolve the dependencies anew into requirements.lock (needs uv)
	@uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-strip-extras --upgrade --quiet -o requirements.lock

clean:  ## Remove the environment and caches; models and outputs stay
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* htmlcov

# The environment: made once, from the lock; uv where the machine has it, pip otherwise.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { \
	  echo "Holdfast needs Python 3.11, 3.12 or 3.13. Name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python has no venv here. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (once; a few minutes)" >&2
	@{ command -v uv >/dev/null && uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock; } \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
