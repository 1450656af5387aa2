# Set-up is part of every target: a machine needs only Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
SBOM ?= build/sbom.cdx.json
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run test lint types layers bench docs contract sbom audit lock clean help

run: $(VENV)/.run  ## start the service on 127.0.0.1:8000, send it synthetic accounts, keep serving; PORT=8001 for another
	@$(BIN)/vigie demo --port $(PORT)

# LightGBM's threads sleep while they wait: beside other tests they would spin for ten times the work.
# A worker that crashed is not replaced: with tests kept together by file the run would wait forever.
test: export OMP_WAIT_POLICY = passive
test: $(VENV)/.dev  ## all tests
	$(BIN)/python -m pytest -n auto --dist loadfile --max-worker-restart 0

lint: $(VENV)/.dev  ## style
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.dev  ## static types
	$(BIN)/mypy

layers: $(VENV)/.dev  ## who may import whom
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## speed of the service and of bulk scoring
	$(BIN)/python benchmarks/serving.py && $(BIN)/python benchmarks/scoring.py

# Material prints an announcement of its successor at each build; strict mode is about our own pages.
docs: export NO_MKDOCS_2_WARNING = 1
docs: $(VENV)/.dev  ## rewrite the generated reference pages, build the documentation site in build/site
	$(BIN)/vigie features --markdown > docs/reference/features.md
	$(BIN)/vigie contract --markdown > docs/reference/contract.md
	$(BIN)/vigie formats --markdown > docs/reference/formats.md
	$(BIN)/vigie contract --types > src/vigie/client/types.py.new && mv src/vigie/client/types.py.new src/vigie/client/types.py
	$(BIN)/mkdocs build --strict

# Clients rely on what was released: a document that breaks it is not written.
contract: $(VENV)/.dev  ## release the interface of the service: docs/reference/openapi-v1.json, unless it breaks the last one
	$(BIN)/vigie contract --openapi --against docs/reference/openapi-v1.json > openapi-v1.json.new
	mv openapi-v1.json.new docs/reference/openapi-v1.json

sbom: $(VENV)/.dev  ## list the locked packages of the service in build/sbom.cdx.json (CycloneDX)
	@mkdir -p $(dir $(SBOM))
	$(BIN)/cyclonedx-py requirements requirements/run.txt --pyproject pyproject.toml --validate --output-reproducible \
	  --output-file $(SBOM)

audit: $(VENV)/.dev  ## look the locked packages up among known vulnerabilities (needs network)
	$(BIN)/python requirements/audit.py

lock:  ## resolve the locked versions anew (needs uv)
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --output-file requirements/run.txt
	uv pip compile pyproject.toml --extra train --extra tune --extra docs --extra dev --extra build --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
	  --constraints requirements/run.txt --output-file requirements/dev.txt
	uv pip compile pyproject.toml --extra train --extra tune --extra postgres --extra build --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
	  --constraints requirements/dev.txt --output-file requirements/train.txt
	uv pip compile pyproject.toml --extra cluster --extra build --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --constraints requirements/dev.txt --output-file requirements/cluster.txt
	echo 'pdqhash>=0.2.7' | uv pip compile - --no-deps --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --output-file requirements/compiled.txt

clean:  ## remove what the set-up made
	rm -rf $(VENV) build dist

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "vigie needs Python 3.11 or later; set PYTHON=/path/to/it")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --quiet --require-hashes -r requirements/run.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	touch $@

# pdqhash has no wheel for Linux; where no C++ compiler is, the tests that hash pictures are skipped and say so.
$(VENV)/.dev: requirements/dev.txt requirements/compiled.txt $(VENV)/.run
	@$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	@$(PIP) install --quiet --require-hashes --no-build-isolation --no-deps -r requirements/compiled.txt \
	  > /dev/null 2>&1 || echo 'pdqhash could not be compiled: tests that hash pictures will be skipped' >&2
	touch $@
