# make serve  makes everything that is needed and serves the site   (HOST= PORT= BROADSHEET_DATA=)
# make test   runs the tests                                        (PYTEST_ARGS=)
# make bench  measures pages a second
# make lint   looks at style, types and layers
# make check  lint and test
# make clean  removes what make made; data/ stays

.PHONY: serve test bench lint check clean
.DEFAULT_GOAL := serve

PYTHON_IN_VENV := .venv/bin/python
PYTEST_ARGS ?=

serve:
	@bin/install
	@$(PYTHON_IN_VENV) -m broadsheet serve

test:
	@bin/install dev
	@$(PYTHON_IN_VENV) -m pytest -n 2 $(PYTEST_ARGS)

bench:
	@bin/install dev
	@$(PYTHON_IN_VENV) -m bench

lint:
	@bin/install dev
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@$(PYTHON_IN_VENV) -m mypy
	@.venv/bin/lint-imports
	@BROADSHEET_ENV=/dev/null BROADSHEET_DATA=.venv/lint-data $(PYTHON_IN_VENV) -m broadsheet makemigrations --check --dry-run

check: lint test

clean:
	rm -rf .venv *.egg-info build dist
