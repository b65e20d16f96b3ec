# Every target creates what it needs. `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
# build of torch that uv picks; empty: whatever the index holds
TORCH_BACKEND ?= cpu
# further arguments for uv or pip, such as an index
PIP_ARGS ?=
PORT ?= 8000
PYTEST_ARGS ?=
LAB_ARGS ?=
# assignment to grade, and further arguments of `python -m selfattn_grade run`
A ?=
GRADE_ARGS ?=

BIN := .venv/bin
SITE := _build/html
READY := .venv/.ready

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## create .venv with everything in requirements.txt and the packages of this folder

# The stamp is newer than both files once they are installed, so nothing is repeated.
$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make setup PYTHON=/path/to/python")'
	@echo "Setting up .venv (a few minutes the first time)"; \
	if command -v uv >/dev/null; then \
	  [ -x $(BIN)/python ] || uv venv --quiet --python $(PYTHON) .venv; \
	  uv pip install --quiet --python $(BIN)/python $(addprefix --torch-backend=,$(TORCH_BACKEND)) $(PIP_ARGS) -r requirements.txt; \
	  uv pip install --quiet --python $(BIN)/python --no-deps $(PIP_ARGS) -e .; \
	else \
	  [ -x $(BIN)/python ] || $(PYTHON) -m venv .venv; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -r requirements.txt; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $(PIP_ARGS) -e .; \
	fi
	@touch $(READY)

# A whole build each time: a page that is not read again would keep its warnings to itself.
book: $(READY) execution-cache ## build the site into _build/html; any warning, dead link or failing cell is an error
	rm -rf $(SITE)
	$(BIN)/jupyter-book build -W -n --keep-going --all .
	@echo; echo "The site is in $(SITE). Open it with: make serve"

# jupyter-cache keeps the outputs of a page until its cells change; it does not see what the cells import or read.
execution-cache:
	@mkdir -p _build; \
	sum=$$(cat requirements.txt book/benchmarks/*.json $$(find selfattn_* book/_ext tests/bench -name '*.py' | LC_ALL=C sort) | sha256sum); \
	[ "$$(cat _build/.cache-of 2>/dev/null)" = "$$sum" ] || rm -rf _build/.jupyter_cache; \
	echo "$$sum" > _build/.cache-of

$(SITE)/index.html:
	$(MAKE) book

serve: $(READY) $(SITE)/index.html ## serve the built site on localhost (PORT=8000) and open it
	@echo "http://localhost:$(PORT)/  (stop with Ctrl-C)"; \
	if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ] || [ "$$(uname)" = Darwin ]; then \
	  $(BIN)/python -m webbrowser "http://localhost:$(PORT)/" >/dev/null & \
	fi; \
	exec $(BIN)/python -m http.server --bind 127.0.0.1 --directory $(SITE) $(PORT)

lab: $(READY) ## open the exercise notebooks in JupyterLab
	@# JupyterLab would ask to fetch its news from another host
	@$(BIN)/jupyter labextension disable --level=sys_prefix "@jupyterlab/apputils-extension:announcements" >/dev/null 2>&1
	$(BIN)/jupyter lab --ServerApp.root_dir=notebooks $(LAB_ARGS)

notebooks: $(READY) ## generate the released notebooks from solutions/
	$(BIN)/python -m selfattn_grade release

# One thread each: the processes of pytest share the cores among themselves, and threads of several would fight for them.
test quick: export OMP_NUM_THREADS := 1

test: lint book ## lint, build the site and run every test, the browser's included
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(PYTEST_ARGS)

# What to run while working: everything but the browser, training and classes of submissions.
quick: lint ## lint and the fast tests, a few minutes
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal -m "not slow and not browser" $(PYTEST_ARGS)

lint: $(READY) ## ruff (rules and format) and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY) ## time and memory of attention, time of each check, what pretraining is worth: printed, and shown in the book
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.sentiment

bench-grade: $(READY) ## submissions a minute: the grader in its sandbox against plain nbgrader, and where the time goes
	$(BIN)/python -m tests.bench.grading

conformance: $(READY) ## everybody else's test cases for attention: passed, failed, out of scope
	$(BIN)/python -W ignore -m tests.conformance

mutants: $(READY) ## known mistakes and right variants against the checks: a table, and its page of the book
	$(BIN)/python -m tests.kill_matrix

grade: $(READY) ## grade submitted/*/A in a sandbox: make grade A=03a-attention (GRADE_ARGS="--workers 4")
	@[ -n "$(A)" ] || { echo "Which assignment? make grade A=03a-attention"; exit 2; }
	$(BIN)/python -m selfattn_grade run $(A) $(GRADE_ARGS)

kit: $(READY) ## pack the notebooks and a wheel for learners: _build/kit/selfattn-kit.zip
	$(BIN)/python -m selfattn_grade kit

grade-demo: $(READY) ## grade a class of five submissions with plain nbgrader
	$(BIN)/python -m selfattn_grade demo

screenshots: $(READY) $(SITE)/index.html ## pictures of the pages (desktop, phone, dark) in _build/screenshots
	$(BIN)/python -m tests.browser.screenshots

vendor: ## refresh the copy of MathJax in book/_static/vendor (needs npm)
	book/_static/vendor/refresh.sh

clean: ## remove everything that is built, .venv excepted
	rm -rf _build .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.PHONY: help setup book execution-cache serve lab notebooks test quick lint bench bench-grade conformance mutants grade kit grade-demo screenshots vendor clean
