# The front door. The build itself is CMake's (CMakePresets.json); this file only says what people do with it.
.DEFAULT_GOAL := help
.PHONY: help setup build test fuzz demo format lint clean
.NOTPARALLEL:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

JOBS ?= $(shell nproc)
# Half of the tests' time is waiting, for servers, banks and clocks.
TESTS_AT_ONCE ?= $(shell expr 2 '*' $(JOBS))

# How long each target is fuzzed.
SECONDS ?= 20

# Formatting and linting are pinned to one version: another one lays the same code out differently.
sources = $(shell git ls-files '*.cpp' '*.hpp')
units = $(shell git ls-files '*.cpp')

help:
	@echo 'make setup    install the Debian packages that are missing (.ci/packages)'
	@echo 'make build    build build/release/oncepay'
	@echo 'make test     build and test three times: release, with rules broken on purpose, with sanitizers'
	@echo 'make fuzz     feed the codecs what nobody thought of, for 20 seconds; now and then: make fuzz SECONDS=3600'
	@echo 'make demo     build, then show payments survive lying banks and a kill -9, in a minute; with transfers of AMLSim:'
	@echo '              make demo AMLSIM=6000'
	@echo 'make format   lay out every C++ file'
	@echo 'make lint     run clang-tidy over every C++ file'
	@echo 'make clean    remove build/'

setup:
	@sh .ci/setup

build: setup
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release --parallel $(JOBS)

test: build
	@echo '==> tests, release build'
	@ctest --preset release --parallel $(TESTS_AT_ONCE)
	@cmake --preset mutants --log-level=WARNING
	@cmake --build --preset mutants --parallel $(JOBS) --target oncepay
	@echo '==> rules broken on purpose are noticed'
	@ctest --preset mutants --tests-regex '^mutations: '
	@cmake --preset asan --log-level=WARNING
	@cmake --build --preset asan --parallel $(JOBS)
	@echo '==> the same histories on both builds'
	@sh tests/sim/same_on_every_build.sh build/release/oncepay build/asan/oncepay
	@echo '==> tests, sanitizer build'
	@ctest --preset asan --parallel $(TESTS_AT_ONCE)

fuzz: setup
	@cmake --preset fuzz --log-level=WARNING
	@cmake --build --preset fuzz --parallel $(JOBS)
	@echo '==> fuzzing, $(SECONDS) s each'
	@tests/fuzz/run build/fuzz $(SECONDS)

demo: setup
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release --parallel $(JOBS) --target oncepay
	@/usr/bin/python3 -B tests/demo/run $(if $(AMLSIM),--amlsim $(AMLSIM))

format:
	@clang-format-14 -i $(sources)

lint: setup
	@cmake --preset dev --log-level=WARNING
	@cmake --build --preset dev --parallel $(JOBS)
	@printf '%s\n' $(units) | xargs -P $(JOBS) -n 8 clang-tidy-14 --quiet -p build/dev \
	  2> >(grep -v 'warnings generated' >&2)

clean:
	@rm -rf build
