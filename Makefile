# make serve  makes everything that is needed and serves the site   (HOST= PORT= BROADSHEET_DATA=)
# make test   runs the quick tests; all with PYTEST_ARGS=--slow        (PYTEST_ARGS=)
# make coverage  runs all tests and shows which lines they missed
# make prove  shows at full length that no page is ever stale, in an hour or two (PYTEST_ARGS=)
# make prove-ops  shows at full length that nothing acknowledged is lost or leaks, in four hours (PYTEST_ARGS=)
# make bench  measures speed, from a thousand posts to a million       (BENCH_ARGS=)
# make lint   looks at style, types and layers
# make check  lint, and what Django, its migrations and the API's schema have to say
# make clean  removes what make made; data/ stays

.PHONY: serve test coverage prove prove-ops bench lint check clean
.DEFAULT_GOAL := serve

PYTHON_IN_VENV := .venv/bin/python
PYTEST_ARGS ?=
BENCH_ARGS ?=

serve:
	@bin/install
	@$(PYTHON_IN_VENV) -m broadsheet serve

test:
	@bin/install dev
	@$(PYTHON_IN_VENV) -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)

coverage:
	@bin/install dev
	@$(PYTHON_IN_VENV) -m pytest -n 2 --dist worksteal --slow --cov --cov-report=term $(PYTEST_ARGS)

prove:
	@bin/install dev
	@$(PYTHON_IN_VENV) -m pytest -n 0 -s --slow --prove tests/guarantees/staleness $(PYTEST_ARGS)

prove-ops:
	@bin/install dev
	@$(PYTHON_IN_VENV) -m pytest -n 0 -s --slow --prove tests/ops/prove tests/ops/nodes tests/ops/backup tests/ops/database tests/transfer/test_error_isolation.py $(PYTEST_ARGS)

bench:
	@bin/install dev
	@$(PYTHON_IN_VENV) -m bench $(BENCH_ARGS)

lint:
	@bin/install dev
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@$(PYTHON_IN_VENV) -m mypy
	@.venv/bin/lint-imports

check: export BROADSHEET_ENV = /dev/null
check: export BROADSHEET_DATA = .venv/check-data
check: lint
	@$(PYTHON_IN_VENV) -W error -m broadsheet check --fail-level WARNING
	@$(PYTHON_IN_VENV) -m broadsheet makemigrations --check --dry-run
	@$(PYTHON_IN_VENV) -W error -m broadsheet spectacular --validate --fail-on-warn --file /dev/null

clean:
	rm -rf .venv *.egg-info build dist
