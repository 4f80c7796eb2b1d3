# On a fresh machine only Python 3.11 or newer and make are needed; each target fetches what it lacks.
PYTHON ?= python3
BIN := .venv/bin
SCRIPT ?= processes/rehearsals/year_2026.json

.PHONY: run test rehearse lint bench pictures walk clean

## run: the service with the demo accounts, on PORT (8080) and DATABASE_URL (a SQLite file in var/)
run:
	@$(PYTHON) tools/prepare.py
	@$(BIN)/pingshen up

## test: all tests; STAGES="unit browser" for some, ARGS="-x -k name" for pytest
test:
	@$(PYTHON) tools/prepare.py --test
	@$(BIN)/python tools/stages.py $(STAGES) -- $(ARGS)

## rehearse: a whole year played before your eyes; SCRIPT=file, ARGS="--set applications=300"
rehearse:
	@$(PYTHON) tools/prepare.py
	@$(BIN)/pingshen rehearse $(SCRIPT) $(ARGS)

## lint: style, format and types
lint:
	@$(PYTHON) tools/prepare.py --test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

## bench: the figures of docs, measured on this machine
bench:
	@$(PYTHON) tools/prepare.py --test
	@$(BIN)/python -m pytest tests/bench -q -s -p no:logging $(ARGS)

## pictures: screenshots of every page, both languages, three widths, light and dark, in var/pictures
pictures:
	@$(PYTHON) tools/prepare.py --test
	@$(BIN)/python -m pytest tests/pictures -q -p no:logging $(ARGS)

## walk: ten jobs done by a new user in a browser, clicks and dead ends counted, in var/walk.md
walk:
	@$(PYTHON) tools/prepare.py --test
	@$(BIN)/python -m pytest tests/walks -q -s -p no:logging $(ARGS)

## clean: everything made here, but not the data in var/
clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache dist service/static/built service/engine/built
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name node_modules -type d -prune -exec rm -rf {} +
