# The two commands to know: `make demo` and `make test`. Both do all their own set-up on a machine
# that has only Swift, in either order, and are quick the second time.
#
#   make demo      train on a density of 25 modes, print the figures, draw the picture
#   make test      everything that .ci/run runs
#   make install   header, libraries, pkg-config and CMake files, program (PREFIX, DESTDIR)
#   make docc      the documentation of the Swift library, in .build/Tightrope.doccarchive
#   make bench     timings beside PyTorch and JAX, in pairs (ROWS, ROUNDS, BENCH_THREADS, TORCH, JAX)
#   make bench-ours    only our own timings
#   make fuzz      hostile files and configurations for whatever reads them, for FUZZ_TIME seconds each
#   make kills     runs killed at random instants and resumed, compared with whole ones (KILLS)
#   make soak      everything over and over in one process, its memory watched (SOAK_MINUTES)
#   make sanitize  the Swift tests with checks of memory and of races (slow)
#   make format    format the sources of both languages
#   make clean     remove what was built

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DELETE_ON_ERROR:

PREFIX ?= /usr/local
BUILT := .build/release
STAMPS := .build/stamps
WHEELS := .build/wheels
SYSTEM_PYTHON := $(shell packaging/python.sh)

SWIFT_SOURCES := Package.swift $(shell find Sources -type f -o -type l)
PYTHON_SOURCES := setup.py pyproject.toml \
	$(shell find python/ext python/src -name '*.[ch]' -o -name '*.py' -o -name '*.pyi')

.PHONY: demo test install docc test-fuzz fuzz fuzz-corpus kills soak sanitize bench bench-ours bench-peers format clean \
	prepare lint test-swift test-python test-system-python

demo: prepare .venv/.installed
	.venv/bin/python examples/demo_25gmm.py

test: prepare lint test-swift test-fuzz test-python test-system-python
	@echo "All tests passed."

# ---- Set-up ----------------------------------------------------------------------------------

prepare:
	@packaging/prepare.sh
	@.venv/bin/python -c 'import pip' 2>/dev/null || rm -rf .venv

# The Swift core, the programs, and nothing of the tests.
$(STAMPS)/core: $(SWIFT_SOURCES)
	swift build -c release
	@mkdir -p $(@D) && touch $@

# A healthy .venv is reused; `prepare` has removed one that cannot run.
.venv/.prepared: pyproject.toml
	test -x .venv/bin/python || $(SYSTEM_PYTHON) -m venv .venv
	.venv/bin/python -m pip install -q 'numpy>=1.24' $$(.venv/bin/python packaging/extras.py dev)
	@touch $@

$(STAMPS)/wheel: $(STAMPS)/core .venv/.prepared $(PYTHON_SOURCES)
	rm -rf build $(WHEELS)
	.venv/bin/python -m pip wheel -q --no-deps -w $(WHEELS) .
	@touch $@

.venv/.installed: $(STAMPS)/wheel .venv/.prepared
	.venv/bin/python -m pip install -q --no-deps --force-reinstall $(WHEELS)/*.whl
	@touch $@

# The same wheel on the system's own Python with the system's own NumPy.
$(STAMPS)/system-package: $(STAMPS)/wheel
	$(SYSTEM_PYTHON) -m venv --clear --system-site-packages .build/venv-system
	.build/venv-system/bin/python -m pip install -q pytest
	.build/venv-system/bin/python -m pip install -q --no-deps $(WHEELS)/*.whl
	@touch $@

# ---- Tests -----------------------------------------------------------------------------------

lint: .venv/.prepared
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

# In a folder of its own: a build for testing has other flags, and would undo the release build.
test-swift:
	swift test -c release --scratch-path .build/tests

test-python: .venv/.installed
	.venv/bin/python -m pytest -q

test-system-python: $(STAMPS)/system-package
	.build/venv-system/bin/python -c 'import numpy; print("NumPy", numpy.__version__)'
	.build/venv-system/bin/python -m pytest -q -p no:cacheprovider

# ---- Other -----------------------------------------------------------------------------------

install: $(STAMPS)/core
	packaging/install.sh $(PREFIX) $(BUILT)

docc: $(STAMPS)/core
	packaging/docc.sh $(BUILT) .build/Tightrope.doccarchive

# For the build without CUDA, where the package index has one: TORCH=torch==2.13.0+cpu
TORCH ?= torch
JAX ?= jax
ROWS ?=
ROUNDS ?= 3
BENCH_THREADS ?= 2

bench: prepare $(STAMPS)/core bench-peers
	$(SYSTEM_PYTHON) benchmarks/compare.py --markdown --threads $(BENCH_THREADS) \
		--rounds $(ROUNDS) $(if $(ROWS),--rows $(ROWS))

bench-ours: $(STAMPS)/core
	$(BUILT)/tightrope-bench train
	$(BUILT)/tightrope-bench kernels

# Installs again only after a failure, or for other versions.
bench-peers:
	@[ "$$(cat benchmarks/.venv/.installed 2>/dev/null)" = "$(TORCH) $(JAX)" ] || \
		benchmarks/install.sh $(SYSTEM_PYTHON) $(TORCH) $(JAX)

# Instrumented builds of their own; tests that run the built programs would check only the programs.
# Release builds: the kernels' vectors are very slow without optimisation.
SANITIZED_TESTS := swift test -c release --skip CommandLineTests

sanitize:
	LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leaks-of-the-runner.txt \
		$(SANITIZED_TESTS) --sanitize=address --scratch-path .build/sanitize-address
	TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/races-that-are-none.txt \
		$(SANITIZED_TESTS) --sanitize=thread --scratch-path .build/sanitize-thread

# Readers of files, and all that takes a configuration, given what libFuzzer makes of texts that they know: a
# few seconds with the saved inputs, or FUZZ_TIME seconds for each, whose findings `make fuzz-corpus` keeps.
FUZZ_TIME ?= 1800
FUZZ := .build/fuzz
FUZZED := readers configurations
FUZZ_LIMITS := -rss_limit_mb=2000 -malloc_limit_mb=1500 -artifact_prefix=$(FUZZ)/ -verbosity=0
FUZZ_readers := $(FUZZ_LIMITS) -max_len=2048 -timeout=10
FUZZ_configurations := $(FUZZ_LIMITS) -max_len=4096 -timeout=60 -dict=Tests/Fuzz/configurations.dict
FUZZ_RUNS_readers := 100000
FUZZ_RUNS_configurations := 10000

$(FUZZ)/readers: $(shell find Sources/Storage Tests/Fuzz/Readers.swift -name '*.swift')
	@mkdir -p $(FUZZ)
	swiftc -O -parse-as-library -sanitize=fuzzer -package-name tightrope -module-name Storage \
		$^ -o $@

# In a folder of its own: every part of the library is watched there.
$(FUZZ)/configurations: $(SWIFT_SOURCES) Tests/Fuzz/Configurations.swift Tests/Fuzz/link.sh
	Tests/Fuzz/link.sh $(FUZZ)/core $@

test-fuzz: $(FUZZED:%=test-fuzz-%)

test-fuzz-%: $(FUZZ)/% Tests/Fuzz/%.tar.gz
	rm -rf $(FUZZ)/corpus-$* && mkdir -p $(FUZZ)/corpus-$*
	tar -xzf Tests/Fuzz/$*.tar.gz -C $(FUZZ)/corpus-$*
	SWIFT_BACKTRACE=enable=no $< $(FUZZ_$*) -seed=1 -runs=$(FUZZ_RUNS_$*) $(FUZZ)/corpus-$*

fuzz: $(FUZZED:%=fuzz-%)

fuzz-%: test-fuzz-%
	SWIFT_BACKTRACE=enable=no $(FUZZ)/$* $(FUZZ_$*) -max_total_time=$(FUZZ_TIME) -print_final_stats=1 $(FUZZ)/corpus-$*

fuzz-corpus: $(FUZZED:%=fuzz-corpus-%)

fuzz-corpus-%: $(FUZZ)/% .venv/.installed
	rm -rf $(FUZZ)/kept $(FUZZ)/seeds && mkdir -p $(FUZZ)/kept $(FUZZ)/corpus-$*
	.venv/bin/python Tests/Fuzz/seeds.py $* $(FUZZ)/seeds
	if [ -e $(FUZZ)/seeds.dict ]; then mv $(FUZZ)/seeds.dict Tests/Fuzz/$*.dict; fi
	SWIFT_BACKTRACE=enable=no $< $(FUZZ_$*) -merge=1 $(FUZZ)/kept $(FUZZ)/seeds $(FUZZ)/corpus-$*
	tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -czf Tests/Fuzz/$*.tar.gz \
		-C $(FUZZ)/kept .

# How often each method is killed and resumed.
KILLS ?= 100

kills: $(STAMPS)/core
	$(SYSTEM_PYTHON) Tests/Endurance/kills.py --program $(BUILT)/tightrope --kills $(KILLS)

# One process that does a little of everything for SOAK_MINUTES.
SOAK_MINUTES ?= 30

soak: .venv/.installed
	.venv/bin/python Tests/Endurance/soak.py --minutes $(SOAK_MINUTES)

format: .venv/.prepared
	swift format --in-place --recursive --parallel Package.swift Sources Tests
	.venv/bin/ruff check --fix --quiet .
	.venv/bin/ruff format .

clean:
	rm -rf .build .venv benchmarks/.venv build python/src/*.egg-info .pytest_cache .ruff_cache
