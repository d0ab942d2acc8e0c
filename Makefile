# Two commands do everything on a machine with Python, make and git: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
.PHONY: demo test check clean

# axe-core comes in a package for Playwright, of which nothing else is wanted; without it its test is skipped.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "unusual needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[train,matlab,report,serve,mqtt,notify,archive,dev]'
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps axe-playwright-python
	touch $@

demo: $(READY)  ## a made-up scene: learn it, score it, write runs/demo/report.html
	$(BIN)/unusual demo --out runs/demo

# Three at once on two cores, as many a test waits; what is compiled is kept, as some start processes.
test: $(READY)  ## all tests
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist worksteal

check: $(READY)  ## style, types, examples in docstrings, order of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --doctest-modules src tests/test_layers.py

clean:  ## remove what the commands above made
	rm -rf .venv runs .pytest_cache .mypy_cache .ruff_cache .hypothesis
