# make serve      installs everything that is needed and serves the site (HOST= PORT= BROADSHEET_DATA=)
# make test       runs the quick tests; all tests with PYTEST_ARGS=--slow
# make coverage   runs all tests and lists the lines that they do not cover (PYTEST_ARGS=)
# make prove      runs the staleness tests at full length, for one or two hours (PYTEST_ARGS=)
# make prove-ops  runs the durability, leak and limit tests at full length, for five hours (PYTEST_ARGS=)
# make bench      runs the benchmarks, from a thousand posts to a million (BENCH_ARGS=)
# make lint       checks style, types and imports between layers
# make check      runs lint, Django's checks, and the checks of migrations and the API schema
# make clean      removes .venv and build files, but not data/

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
	@$(PYTHON_IN_VENV) -m pytest -n 0 -s --slow --prove \
	  tests/ops tests/api/test_schema.py tests/markup/test_limits.py tests/test_linear.py tests/test_options.py \
	  tests/transfer/test_error_isolation.py tests/transfer/test_interrupted_import.py \
	  tests/web/test_lighthouse.py $(PYTEST_ARGS)

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
