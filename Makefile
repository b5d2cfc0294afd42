# The front door. Every target sets up .venv itself; `make bench TASK=bright` is all a newcomer types.
# TORCH_INDEX is an index of packages that has another build of PyTorch than PyPI, such as the CPU's.
# Only these two packages come from there; the next call finds them installed, and adds what they need.
SHELL := bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TASK ?= bright
GRID ?= clean,text
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: bench test test-all lint format gate accept leaderboards site perf locked clean

$(VENV)/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(if $(TORCH_INDEX),$(BIN)/python -m pip install --quiet -c constraints.txt --no-deps -i '$(TORCH_INDEX)' torch torchvision)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[all,dev]'
	$(BIN)/python -m pip install --quiet -c constraints.txt --no-deps imagecorruptions-imaug
	touch $@

bench: $(VENV)/.installed
	$(BIN)/benchsuite bench task=$(TASK) $(if $(DATASET),dataset=$(DATASET)) $(if $(MODEL),model=$(MODEL)) $(ARGS)

# One process a core, and one thread in each: more would wait for each other.
test: $(VENV)/.installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m 'not slow' $(ARGS)

test-all: $(VENV)/.installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Is any default model worse than the committed baseline? (CI calls `benchsuite gate` itself.)
gate: $(VENV)/.installed
	$(BIN)/benchsuite bench task=$(TASK) results=results/gate $(ARGS)
	$(BIN)/benchsuite gate --baseline leaderboards/baselines results/gate/$(TASK)/*/*

# Makes the default benchmark what `gate` expects. REASON goes into leaderboards/baselines/accepted.jsonl.
accept: $(VENV)/.installed
	$(if $(REASON),,$(error accept: expected REASON="why this is what is expected now"))
	$(BIN)/benchsuite bench task=$(TASK) results=results/gate $(ARGS)
	$(BIN)/benchsuite baseline accept results/gate/$(TASK)/*/* --baselines leaderboards/baselines --reason "$$REASON"

# The published tables, made anew: the default benchmark, then the grid of GRID, which names
# conditions of the task (clean,imagecorruptions for one that looks at images).
leaderboards: $(VENV)/.installed
	$(BIN)/benchsuite bench task=$(TASK) results=results/published
	$(BIN)/benchsuite bench task=$(TASK) conditions=$(GRID) replicates=4000 results=results/published
	$(BIN)/benchsuite publish --task $(TASK) --results results/published --out leaderboards

# A site of your runs and of the published boards, which a browser opens from disk: site/index.html.
# Where both have a board, that of your runs counts: it shows samples, too.
site: $(VENV)/.installed
	rm -rf site
	$(BIN)/benchsuite publish $(wildcard results) leaderboards --site site

# What the fast paths are worth: ratios against the peers they replace, in one process.
perf: $(VENV)/.installed
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.perf $(ARGS)

# The hashes of every file of the pinned packages, of all systems and versions of Python: locked.txt.
# The audit's own tools are in .github/audit.txt; THIRD_PARTY.md has the licences.
LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11
locked: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet uv
	$(LOCK) --all-extras -c constraints.txt pyproject.toml > locked.txt
	echo imagecorruptions-imaug | $(LOCK) --no-deps -c constraints.txt - >> locked.txt
	printf 'detect-secrets\npip-audit\n' | $(LOCK) - > .github/audit.txt
	$(BIN)/python -m tests.house.licences > THIRD_PARTY.md

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
