# Two commands on a fresh machine: `make demo` and `make test`. The work is CMake's; this file only
# gives it names. Every target may be called twice, and without root once the packages are there.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build demo test asan install clean

PREFIX ?= /usr/local
# AUTO builds the CUDA device where nvcc, cuBLAS and cuDNN are; ON and OFF insist.
CUDA ?= AUTO
JOBS ?= $(shell nproc)
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)
export CTEST_PARALLEL_LEVEL := $(JOBS)

# The same for `build` and `test`, or each would compile anew what the other has.
WERROR ?= OFF

CONFIGURE = cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DINFOPLANE_CUDA=$(CUDA) \
            -DINFOPLANE_WERROR=$(WERROR) -DCMAKE_UNITY_BUILD=ON --log-level=NOTICE

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install the packages that the build needs and this machine lacks (apt, as root)
	@tools/setup

build: setup ## the program, at build/infoplane
	@$(CONFIGURE) -DINFOPLANE_TESTS=OFF
	@cmake --build build

demo: build ## train FC-3 on Fashion-MNIST for ten epochs and draw its information plane
	build/infoplane train fc-3 --data fashion-mnist --epochs 10
	@echo "  build/infoplane data list                                   the data sets, and where they are"
	@echo "  build/infoplane data get mnist                              the paper's first data set"
	@echo "The program is build/infoplane; \`make install\` puts it on the path."

test: asan ## the sanitizer build's tests, then all tests of the build with every device there is
	@$(CONFIGURE) -DINFOPLANE_TESTS=ON
	@cmake --build build
	@ctest --test-dir build --output-on-failure --no-tests=error | tee build/ctest.log
	@grep 'tests passed' build/ctest.log | tail -n 1

asan: ## the tests under AddressSanitizer and UBSan, on the host device
	@tools/setup test
	@cmake --preset cpu-asan --log-level=NOTICE
	@cmake --build --preset cpu-asan
	@ctest --preset cpu-asan

install: build ## the program, the libraries with their package configuration, and the documentation, into PREFIX
	@cmake --install build --prefix $(PREFIX)

clean: ## remove what was built; runs/ stays
	rm -rf build build-*/ gpu-check-out
