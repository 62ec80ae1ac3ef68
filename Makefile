# Everything a reader or author does, one word each. `make help` lists them.
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
LISTEN ?= 127.0.0.1:8080
CH     ?=
STEP   ?=
ARGS   ?=
JOBS   ?= 3
export PYTHONDONTWRITEBYTECODE = 1
# Its advertisement for a successor, not a warning about this site.
export NO_MKDOCS_2_WARNING = 1

.DEFAULT_GOAL := help
.PHONY: help run test course-test site serve-site lint verify verify-all browser-test slow-test bench compare lock clean \
        list tags start check watch hint solution diff simulate edit save figures format outdated

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The environment: dependencies at the versions of constraints.txt, never the package itself, so
# that every tree imports its own reverseproxy. It keeps a copy of what it was made from, and is made
# anew when that is another text now. Times say nothing: git writes files anew at every switch.
MADE_FROM := pyproject.toml constraints.txt chapters/install.py
$(VENV)/.installed: $(shell cat $(MADE_FROM) | cmp -s - $(VENV)/.installed || echo outdated)
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: $(PYTHON) was not found"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV) (once; a minute or two) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PY) -P chapters/install.py
	@cat $(MADE_FROM) > $@

run: $(VENV)/.installed ## The newest proxy before three demo upstreams (LISTEN=127.0.0.1:8080)
	@$(PY) -m chapters.demo --listen $(LISTEN)

test: $(VENV)/.installed ## The tests of the package and of every chapter
	@$(PY) -X dev -m pytest $(or $(ARGS),-q) -n $(JOBS) --ignore=tests/course --ignore=tests/site --ignore=tests/slow

course-test: $(VENV)/.installed ## The tests of the course's tool, its figures and its demo
	@$(PY) -X dev -m pytest $(or $(ARGS),-q) -n $(JOBS) tests/course

site: $(VENV)/.installed ## The book, on http://127.0.0.1:8800
	@$(PY) -m mkdocs serve --strict --dev-addr 127.0.0.1:8800

build-site: $(VENV)/.installed ## The book as files, in site/
	@$(PY) -m mkdocs build --strict

list: $(VENV)/.installed ## The chapters, and how far you are
	@$(PY) -m chapters list

tags: $(VENV)/.installed ## The git tags chapter-NN-start and chapter-NN
	@$(PY) -m chapters tags

start: $(VENV)/.installed ## A workbook for a chapter: make start CH=01
	@$(PY) -m chapters start $(CH) $(if $(FRESH),--fresh)

check: $(VENV)/.installed ## How far your workbook is: make check CH=01
	@$(PY) -m chapters check $(CH) || { code=$$?; [ $$code -eq 1 ] || exit $$code; } # 1: not there yet

watch: $(VENV)/.installed ## The same on every save
	@$(PY) -m chapters watch $(CH)

hint: $(VENV)/.installed ## A hint: make hint CH=01 STEP=2
	@$(PY) -m chapters hint $(or $(CH),.) $(STEP)

solution: $(VENV)/.installed ## The code of a step: make solution CH=01 STEP=2
	@$(PY) -m chapters solution $(or $(CH),.) $(STEP)

diff: $(VENV)/.installed ## A chapter as a diff: make diff CH=01
	@$(PY) -m chapters diff $(CH)

simulate: $(VENV)/.installed ## The proxy in simulated time: make simulate ARGS="--kill 1@5s"
	@$(PY) -m chapters simulate $(ARGS)

edit: $(VENV)/.installed ## For authors: a chapter's tree, to change
	@$(PY) -m chapters edit $(CH)

save: $(VENV)/.installed ## For authors: what was changed, carried into the course
	@$(PY) -m chapters save $(CH)

figures: $(VENV)/.installed ## For authors: records the traces of the figures that move
	@$(PY) -m chapters figures

verify: $(VENV)/.installed ## The course's promises, all eight
	@$(PY) -m chapters verify

verify-all: $(VENV)/.installed ## The same, every pair of chapters
	@$(PY) -m chapters verify --all

lint: $(VENV)/.installed ## ruff, mypy and the layers
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

format: $(VENV)/.installed ## Formats the code
	@$(VENV)/bin/ruff check --fix-only -q .
	@$(VENV)/bin/ruff format .

browser-test: $(VENV)/.installed ## The site in a real browser (needs Debian's chromium)
	@PYTHONDEVMODE=1 $(PY) -m pytest -q -n 2 tests/site

slow-test: $(VENV)/.installed ## What takes long: half a gigabyte through the proxy
	@$(PY) -X dev -m pytest -q -n 2 tests/slow

bench: $(VENV)/.installed ## What forwarding costs, measured; relays and datagrams beside nginx
	@$(PY) -m bench
	@$(PY) -m bench.relays
	@$(PY) -m bench.lines
	@$(PY) -m bench.udp

compare: $(VENV)/.installed ## The same faults before this proxy, nginx, HAProxy and Caddy
	@$(PY) -m bench.compare $(ARGS)

lock: ## Renews constraints.txt: the newest versions that work together
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV) && $(PY) -P chapters/install.py --unpinned
	@$(PY) -P chapters/install.py --write-constraints
	@cat $(MADE_FROM) > $(VENV)/.installed

clean: ## Removes what was built; never a workbook
	@rm -rf $(VENV) site .mypy_cache .pytest_cache .ruff_cache .hypothesis
