# make run   the environment, the sample association crawled, the search page at http://127.0.0.1:8000
# make test  everything that CI runs
# make audit known weaknesses in what the locks name
# make soak  what takes longer; SITE=http://127.0.0.1:8900 make soak also keeps a whole test site in step

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3.14 python3,$(shell command -v $(name))))
TORCH_INDEX = https://download.pytorch.org/whl/cpu
PIP = .venv/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --no-compile
DEMO_HOME ?= demo-home

.PHONY: run test check soak audit lint types lock chromium clean

run: .venv/installed
	.venv/bin/muniment demo --home $(DEMO_HOME)

test: lint types chromium
	.venv/bin/python -m pytest

check: test

soak: .venv/developing
	.venv/bin/python -m pytest -s tests/soak/*_soak.py
	CASES=1000 EXAMPLES=1000 STEPS=50 .venv/bin/python -m pytest tests/test_contract.py tests/test_model.py

# A waiver holds to its day.
audit: .venv/developing
	.venv/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.lock -r requirements-dev.lock \
	  $$(awk -v today=$$(date -u +%F) '!/^#/ && $$2 >= today {print "--ignore-vuln", $$1}' audit-waivers.txt)

lint: .venv/developing
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: .venv/developing
	.venv/bin/mypy

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Muniment needs Python 3.11 or later: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || \
	  { echo "Python's venv module is missing. Type: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv

# PyTorch first, and alone: asked for by another package it would bring gigabytes of GPU libraries.
.venv/installed: .venv/bin/python requirements.lock torch.lock pyproject.toml
	$(PIP) --require-hashes -r torch.lock 2>/dev/null || \
	  $(PIP) --require-hashes --extra-index-url $(TORCH_INDEX) -r torch.lock
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-build-isolation --editable .
	@touch $@

.venv/developing: .venv/installed requirements-dev.lock
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# The browser tests use the chromium there is. Root on Debian gets it installed, others are told how.
chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else echo "No chromium: the browser tests are skipped. Type: sudo apt-get install chromium"; fi

# Written by uv; what only a GPU build of PyTorch needs is left out.
GPU_ONLY = $(foreach name,torch triton cuda-bindings cuda-pathfinder cuda-toolkit nvidia-cublas nvidia-cuda-cupti \
  nvidia-cuda-nvrtc nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile nvidia-curand nvidia-cusolver \
  nvidia-cusparse nvidia-cusparselt-cu13 nvidia-nccl-cu13 nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx \
  openvino-telemetry,--no-emit-package $(name))
COMPILE = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --quiet $(GPU_ONLY)
lock:
	$(COMPILE) -o requirements.lock
	$(COMPILE) --extra dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf .venv $(DEMO_HOME) build *.egg-info
