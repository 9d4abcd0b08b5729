# The commands: install check test demo bench docs soak. `make demo` and `make test` set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_VENV := .venv-demo
LOCK := requirements.lock

.PHONY: install check test test-real test-spark test-servers demo bench docs soak lock clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit("Skywright needs Python 3.11 or newer; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(LOCK) --editable '.[lab,dev]'
	@$(BIN)/skywright rules list >/dev/null  # compiles the rules into the user's cache, once
	@touch $@

$(DEMO_VENV)/.installed: pyproject.toml $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit("Skywright needs Python 3.11 or newer; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(DEMO_VENV)
	$(DEMO_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(LOCK) --editable '.[lab]'
	@touch $@

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python tools/docs.py --check
	$(BIN)/pytest tests/tidy

test: install
	$(BIN)/pytest -n 2 --dist worksteal -m 'not soak and not real'

# Against real servers, where they are: each test says loudly what it missed. One process has Spark, another the rest in turn, so
# that every server is started once.
test-real: install
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target test-spark test-servers

test-spark test-servers: install
	SKYWRIGHT_REAL=1 $(BIN)/pytest -m real -rs -k '$(if $(filter test-spark,$@),spark,not spark)'

# The demo takes the full installation when there is one, and else installs no more than it needs.
demo:
	@if [ -e $(VENV)/.installed ]; then $(VENV)/bin/skywright demo; else $(MAKE) --no-print-directory $(DEMO_VENV)/.installed && $(DEMO_VENV)/bin/skywright demo; fi

# `make bench NAME=ledger` for one; PEERS=1 sets up the tools that are compared with, once, in .venv-peers.
bench: install $(if $(PEERS),.venv-peers/.installed)
	@$(BIN)/python -m bench $(if $(NAME),--name $(NAME))

.venv-peers/.installed: bench/peers.lock
	@$(BIN)/python -m bench._peers
	@touch $@

# Kills and failing calls by the hundred, then mutation scores of a sample; each half is stopped after an hour. Figures: docs/reliability.md.
soak: install
	timeout 3600 $(BIN)/pytest -m soak --override-ini 'addopts=-q --import-mode=importlib'
	$(BIN)/python tools/mutation.py --sample 100 --limit-s 3600

docs: install
	$(BIN)/python tools/docs.py

lock: install
	$(BIN)/python tools/lock.py

clean:
	rm -rf $(VENV) $(DEMO_VENV) .venv-peers .mypy_cache .ruff_cache .pytest_cache
