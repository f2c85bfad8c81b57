# recon-kit: everything it needs is set up on the way. `make` alone lists the targets.
# Verbs work on DATABASE_URL, or without it on a local database that is kept in .local/;
# demo and test use servers of their own. Further flags go into ARGS: make reconcile ARGS="--force"

.DEFAULT_GOAL := help
.PHONY: help demo picture test test-15 torture check lint bench bench-quick bench-peers profile \
  up down migrate adopt load load-units load-totals sync check-dynamo \
  reconcile recent daily-check date critical fix-critical spot-fix resume unpause watch runs logs \
  plan verify verify-month scrub inspect source-issues forecast status analyze gaps \
  report dashboard ui doctor alerts metrics schedule unschedule worker listen events uninstall psql clean \
  lock sums api wheel
.DELETE_ON_ERROR:

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
RECON := $(BIN)/python -m recon_kit.make
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PG15 := /usr/lib/postgresql/15/bin
FROM_PACKAGES := /usr/sbin/pgbouncer $(addprefix /usr/share/postgresql/15/extension/, \
  pg_cron.control plpgsql_check.control) /usr/bin/chromium
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal

# What runs do is logged here too; make logs follows it.
RECON_LOG_FILE ?= logs/reconciliation.log

# What is typed travels in the environment, to the letter, and not through the text of a command.
TYPED := ARGS DATE FARM FILE FROM LENGTH LOAD MONTH PERIOD PYTHON RECON_LOG_FILE RUN TO
$(foreach name,$(TYPED),$(if $(value $(name)),$(eval override $(name) := $$(value $(name)))))
export $(TYPED)

named = $(if $(value $(1)),"$$$(1)",$(error name $(2): make $@ $(1)=$(3)))
given = $(if $(value $(1)),"$$$(1)")
day = $(call named,DATE,the date,2025-03-01)
QUICK := $(addprefix tests/test_,complete_accurate_summed.py minimal_polite_explained.py repairs.py \
  verify.py safety.py real_data.py sql_text.py)
cell = $(day) $(call named,PERIOD,the half hour,17) $(call named,FARM,the farm,T_CLDCW-1)
range := $(if $(value FROM),--from "$$FROM") $(if $(value TO),--to "$$TO")

##@ Look

status: $(VENV)/demo ## Where the days stand
	@$(RECON) status

analyze: $(VENV)/demo ## What is wrong and what to do, worst first
	@$(RECON) analyze

gaps: $(VENV)/demo ## The cells that are not as they should be: make gaps [FROM=...] [TO=...]
	@$(RECON) gaps $(range)

plan: $(VENV)/demo ## What a reconcile would do, writing nothing
	@$(RECON) plan $(range)

report: $(VENV)/demo ## Print the figures, and write the page into report/: make report [FROM=...] [TO=...]
	@$(RECON) report --out report $(range)

dashboard: $(VENV)/demo ## The same as a live page on this machine: make dashboard [ARGS=--allow-actions]
	@$(RECON) serve

ui: $(VENV)/demo ## The same on a screen in the terminal
	@$(RECON) ui

alerts: $(VENV)/demo ## Is all well, in a line (monitoring wants recon-kit check, for its exit code)
	@$(RECON) check

runs: $(VENV)/demo ## The latest runs, or one in full: make runs [RUN=7]
	@$(RECON) runs $(call given,RUN)

watch: $(VENV)/demo ## Follow a run to its end: make watch [RUN=7]
	@$(RECON) watch $(call given,RUN)

logs: ## Follow the log
	@mkdir -p "$$(dirname "$$RECON_LOG_FILE")" && touch "$$RECON_LOG_FILE" && tail -n 20 -F "$$RECON_LOG_FILE"

events: $(VENV)/demo ## What happened in the last day: make events [ARGS="--since '7 days'"]
	@$(RECON) events

##@ Repair

reconcile: $(VENV)/demo ## Find and repair what is pending: make reconcile [FROM=2025-03-01] [TO=...]
	@$(RECON) reconcile $(range)

recent: $(VENV)/demo ## Repair what is pending of the last 30 days
	@$(RECON) recent

date: $(VENV)/demo ## Reconcile one date, pending or not: make date DATE=2025-03-01
	@$(RECON) date $(day)

critical: $(VENV)/demo ## One problem date, a half hour at a time: make critical DATE=2025-03-01
	@$(RECON) critical $(day)

fix-critical: $(VENV)/demo ## The largest incomplete days, a half hour at a time
	@$(RECON) fix-critical

spot-fix: $(VENV)/demo ## One cell: make spot-fix DATE=2025-03-01 PERIOD=17 FARM=T_CLDCW-1
	@$(RECON) spot-fix $(cell)

resume: $(VENV)/demo ## Go on with a run that was killed: make resume RUN=7
	@$(RECON) resume $(call named,RUN,the run,7)

unpause: $(VENV)/demo ## End a pause
	@$(RECON) unpause

##@ Prove

verify: $(VENV)/demo ## Prove the values from the source: make verify [FROM=...] [TO=...]
	@$(RECON) verify $(range)

verify-month: $(VENV)/demo ## Prove a month, on its first day the one before: make verify-month [MONTH=2025-03]
	@$(RECON) verify-month $(call given,MONTH)

scrub: $(VENV)/demo ## Prove a little at a time, what was proven longest ago first
	@$(RECON) scrub

daily-check: $(VENV)/demo ## Verify and repair the last two days
	@$(RECON) daily-check

##@ Source

load: $(VENV)/demo ## Load curtailment records: make load FILE=records.csv
	@$(RECON) load $(call named,FILE,the file,records.csv)

loads: $(VENV)/demo ## What load has brought in
	@$(RECON) loads

unload: $(VENV)/demo ## Take the rows of a load away again: make unload LOAD=3
	@$(RECON) unload $(call named,LOAD,the load,3)

load-units: $(VENV)/demo ## Load the register of BM units: make load-units FILE=units.csv
	@$(RECON) load-units $(call named,FILE,the file,units.csv)

load-totals: $(VENV)/demo ## Load the energy of days as others publish it: make load-totals FILE=totals.csv
	@$(RECON) load-totals $(call named,FILE,the file,totals.csv)

inspect: $(VENV)/demo ## Is the source itself right, where it has changed: make inspect [FROM=...] [TO=...]
	@$(RECON) inspect $(range)

source-issues: $(VENV)/demo ## What inspecting has found: make source-issues [FROM=...] [TO=...]
	@$(RECON) source-issues $(range)

forecast: $(VENV)/demo ## Rows, energy and repairs a day, what the next run has to do, days still incomplete
	@$(RECON) forecast

##@ Difficulty

sync: $(VENV)/demo ## Bring difficulty in from DynamoDB, or: make sync FILE=difficulty.json
	@$(RECON) sync $(if $(value FILE),--from-file "$$FILE")

check-dynamo: $(VENV)/demo ## Can DynamoDB be reached, what is in it, which dates lack difficulty
	@$(RECON) check-dynamo

##@ Run by itself

schedule: $(VENV)/demo ## Have pg_cron do the work, in the database alone
	@$(RECON) schedule

unschedule: $(VENV)/demo ## End what schedule began
	@$(RECON) unschedule

worker: $(VENV)/demo ## Do the work without pg_cron, and difficulty too, until it is stopped
	@$(RECON) worker

listen: $(VENV)/demo ## Print events as they happen, and post them to each webhook whose URL is set
	@$(RECON) listen

metrics: $(VENV)/demo ## The readings of the alerts and more, for Prometheus: make metrics [ARGS="--listen 9187"]
	@$(RECON) metrics

##@ Set up

help: ## List the targets
	@awk -F ':.*## ' '/^##@/ {print "\n" substr($$0, 5) ":"} \
	  /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo; echo "make itself exits with 2 wherever a verb does not exit with 0, and prints its code: Error 3"

demo: $(VENV)/demo ## The main job on a throw-away PostgreSQL and DynamoDB, ending in a report
	@$(RECON) demo

up: $(VENV)/demo ## Start the local database and print its URL
	@$(RECON) up

down: $(VENV)/demo ## Stop the local database; its data is kept
	@$(RECON) down

migrate: $(VENV)/demo ## Install the kit in the database, or bring it up to date
	@$(RECON) migrate

adopt: $(VENV)/demo ## Bring a platform's own tables into shape: make adopt ARGS=--check, then make adopt
	@$(RECON) adopt

doctor: $(VENV)/demo ## Connection, rights, versions, health: ok, or the next step
	@$(RECON) doctor

psql: $(VENV)/demo ## psql on the database
	@$(RECON) psql

uninstall: $(VENV)/demo ## What leaving would remove, and do it: make uninstall ARGS=--yes
	@$(RECON) uninstall

##@ Develop

check: $(VENV)/dev ## The tests of the engine, under a minute
	$(PYTEST) -m "not slow" $(QUICK) $(ARGS)

test: $(VENV)/dev $(if $(CI),test-15) ## All tests on the embedded PostgreSQL (in CI on PostgreSQL 15 too)
	$(PYTEST) $(ARGS)

test-15: $(VENV)/dev $(PG15)/postgres
	PG_BIN=$(PG15) RECON_TEST_EXPECT=plpgsql_check $(PYTEST) -m "not client" $(ARGS)

torture: $(VENV)/dev ## The long form of the history, crash and race tests: make torture [LENGTH=0.5]
	RECON_TORTURE=$(or $(call given,LENGTH),1) $(PYTEST) --timeout 1500 -m torture

lint: $(VENV)/dev ## Style and types of the Python, safety of the migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/squawk --config .squawk.toml $(filter-out %.rollback.sql,$(wildcard migrations/*.sql))

bench: $(VENV)/dev ## How fast it is, beside a bare insert of the same rows
	@$(BIN)/python -m tests.bench $(ARGS)

bench-quick: $(VENV)/dev ## The same on little data, and whether the server's CPU has grown
	@$(BIN)/python -m tests.bench --quick --beside tests/bench/quick.json $(ARGS)

bench-peers: $(VENV)/dev ## Beside dbt, reladiff and pg_comparator, which it installs for itself
	@$(BIN)/python -m tests.bench.peers $(ARGS)

profile: $(VENV)/dev ## The slowest statements of a run, with plans and buffers
	@$(BIN)/python -m tests.bench.profile $(ARGS)

sums: ## Write the hashes of the migrations, after one was added
	@cd migrations && sha256sum 0*.sql earlier/*.sql >migrations.sum

api: $(VENV)/dev ## Write the list of functions in sql/README.md, from the comments in the database
	@$(BIN)/python -m tests.pages

lock: $(VENV)/dev ## Take the newest versions of all packages, or ARGS="--upgrade-package NAME", with their hashes
	@$(PIP) install uv==0.13.9
	@for part in run demo dev; do \
	  case $$part in run) file= extra=;; *) file=$$part- extra="--extra $$part";; esac; \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --custom-compile-command "make lock" $(or $(ARGS),--upgrade) $$extra --group lock \
	    --output-file $${file}requirements.txt pyproject.toml >/dev/null || exit 1; \
	done

picture: $(VENV)/demo ## The picture of the README, taken by the demo
	@$(RECON) demo --picture recon_kit/report.png >/dev/null

wheel: $(VENV)/dev ## Build the package into dist/, to be installed without a clone
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

clean: ## Remove what make has built; the local database stays
	rm -rf $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment, made once and again when the pinned versions change. Nothing is installed whose
# hash is not listed: the project's own build tool is, so it needs no other.
$(VENV)/demo: demo-requirements.txt
$(VENV)/dev: dev-requirements.txt
$(VENV)/demo $(VENV)/dev: pyproject.toml
	@test -x $(BIN)/python || $(MAKE) --no-print-directory $(BIN)/python
	@echo "installing the $(@F) packages into $(VENV) ..."
	@PIP_CONSTRAINT= $(PIP) install --require-hashes --requirement $(@F)-requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/python:
	@for python in "$$PYTHON" python3.11 python3.12 python3.13 python3.14 python3; do \
	  "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	    && exec "$$python" -m venv $(VENV); \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing python3-venv ..." \
	    && apt-get update -qq && apt-get install -y -qq python3 python3-venv >/dev/null \
	    && python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    && exec python3 -m venv $(VENV); \
	fi; \
	echo "recon-kit needs Python 3.11 or later with venv: install it (Debian: python3-venv)," \
	  "or name it: make PYTHON=/path/to/python3" >&2; exit 1

# PostgreSQL 15 with the checks and the pg_cron that the embedded one lacks, a pooler, and a browser;
# only where packages can be installed.
$(PG15)/postgres: $(if $(CI),$(FROM_PACKAGES))
	@test -x $@ || { echo "PostgreSQL 15 is not in $(PG15): install it (Debian 12: postgresql-15)" >&2; exit 1; }

$(FROM_PACKAGES):
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	  postgresql-15 postgresql-15-cron postgresql-15-plpgsql-check pgbouncer \
	  chromium >/dev/null
