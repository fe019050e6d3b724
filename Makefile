# Two commands for a fresh machine: `make run` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
MODEL  ?= plrnn_manifolds/pretrained/duffing.npz
OUT    ?= reports/duffing
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: run test oracles check docs docs-check reproduce reproduce-check export clean-notebooks bench

$(BIN)/.installed: settings.ini setup.py constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -c constraints.txt -e .
	$(BIN)/python -m ipykernel install --sys-prefix --name python3 >/dev/null
	touch $@

$(BIN)/.installed-dev: $(BIN)/.installed
	$(BIN)/pip install -q -c constraints.txt -e ".[dev]"
	touch $@

$(BIN)/.installed-docs: $(BIN)/.installed-dev
	$(BIN)/pip install -q -c constraints.txt -e ".[docs]"
	touch $@

run: $(BIN)/.installed           ## analyse the embedded Duffing network; the report is left in $(OUT)
	$(BIN)/plrnn-manifolds analyze $(MODEL) --out $(OUT)

test: $(BIN)/.installed-dev      ## every notebook and every property test
	$(BIN)/python -m pytest -q -n 2 --dist worksteal tests verifier

oracles: $(BIN)/.installed-dev   ## every oracle at full size (`make test` runs a small part of each)
	ORACLES_WHOLE=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal tests/oracles

check: $(BIN)/.installed-dev     ## notebooks clean, package in step with them
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tests/in_step.py

docs: $(BIN)/.installed-docs     ## the book with its outputs, the gallery and the interface, in _docs/html
	$(BIN)/python scripts/build_site.py

docs-check: docs                 ## a browser opens every page of it, without network
	$(BIN)/python -m pytest -q tests/test_site.py

reproduce: $(BIN)/.installed-dev ## train every model from scratch, rerun every experiment, rebuild the README's table
	$(BIN)/python scripts/reproduce.py

reproduce-check: $(BIN)/.installed-dev  ## rerun every experiment from the stored weights: do the numbers agree with docs/reproduced?
	$(BIN)/python scripts/reproduce.py --check

export: $(BIN)/.installed-dev
	$(BIN)/nbdev_export

clean-notebooks: $(BIN)/.installed-dev
	$(BIN)/nbdev_clean

bench: $(BIN)/.installed-dev     ## against neighbours, and the limit: docs/benchmarks.json, from which the site's pages are made
	$(BIN)/python benchmarks/run.py
