# SPDX-License-Identifier: 0BSD
# agen.h is one file: copy it. This builds its demo, its tests and its measurements.
CC     ?= cc
CFLAGS ?= -O2 -g
FILE   ?= agen.h
NOISE  ?=
ARGS   ?=
PREFIX ?= /usr/local

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow
STAGES   = $(wildcard examples/streaming/*.c)
UPDATE   = $(wildcard examples/firmware_update/*.c)


.PHONY: help demo test test-targets check examples bench size node http mqtt http-load hosts two-loops templates \
        serial boards portability \
        fuzz-python fuzz-tasks fuzz-loop python-rules fuzz coverage mutate prove misuse-table static pages deps \
        install packages gdb trace timeline clean

help:
	@echo 'make demo         stream FILE (default agen.h) through a link of generators; NOISE=n flips bits;'
	@echo '                  then update a firmware over YMODEM, and fail to; TARGET=cortex-m3, cortex-m0 or'
	@echo '                  atmega328p: update an emulated board from sb, ARGS=.. says how, FILE=.. with what'
	@echo 'make test         the tests and the misuses, with $$(CC); TARGET=cortex-m0: the suite on that target, emulated'
	@echo 'make test-targets  the suite on each emulated target (list: tests/targets/run --list)'
	@echo 'make examples     build and run the numbered examples'
	@echo 'make check        the tests over all compilers, standards, levels, mechanisms and sanitizers'
	@echo 'make bench        instructions per item, the alternatives beside agen.h (valgrind), and make size;'
	@echo '                  RECORD=1 writes bench/recorded.json and the tables and bars made from it'
	@echo 'make size         bytes of code and state on a Cortex-M0, and of the pieces on each target; RECORD=1 writes'
	@echo '                  bench/pieces.json and the table made from it'
	@echo 'make node         the sensor node of examples/node on emulated boards, beside protothreads and a super-loop:'
	@echo '                  wake-ups, flash, RAM, stack, latency, and standard bodies; RECORD=1 writes'
	@echo '                  bench/node/recorded.json and the tables made from it'
	@echo 'make http         ports/posix, and the HTTP server on it, tested with curl and with malicious clients'
	@echo 'make mqtt         the MQTT client of examples/mqtt against mosquitto, proxies that cut and damaged packets,'
	@echo '                  and on an emulated Cortex-M3'
	@echo 'make http-load    the server under load by wrk, as ratios to libuv and asyncio; bytes of an idle connection'
	@echo 'make hosts        ports/libuv and ports/glib: agen loops inside the loops of these libraries, with real peers'
	@echo 'make templates  the templates of examples/, each copied and built alone, and run, one of them in QEMU'
	@echo 'make two-loops    examples/two_loops on an emulated Cortex-M3 and in threads: latency with two loops and one'
	@echo 'make serial       examples/modbus and modem on pseudo-terminals, with mbpoll, libmodbus and a scripted modem'
	@echo 'make boards       tests on emulated boards: Cortex-M0, M3, RISC-V (QEMU), ATmega328P (simavr),'
	@echo '                  MSP430 (mspdebug)'
	@echo 'make fuzz-python  COUNT random generators, and a third of that from a fresh seed or SEED on, in C and'
	@echo '                  in python3: the same traces?'
	@echo 'make fuzz-tasks   COUNT random programs of tasks of each weighting, and as many from a fresh seed or SEED'
	@echo '                  on, in C and in asyncio in virtual time: does each task do the same?'
	@echo 'make fuzz-loop    COUNT random task graphs from SEED on, in virtual time; a tenth sanitized'
	@echo 'make python-rules docs/PYTHON.md and the tests that it names: does each exist?'
	@echo 'make fuzz         libFuzzer on operations, the loop and the examples, for TIME seconds (300) in all'
	@echo 'make coverage     of each function and statement macro of agen.h: lines and branches'
	@echo 'make mutate       break agen.h in each way, does a test notice? SAMPLE=n: n of them, from a fresh seed'
	@echo 'make prove        the loop and the interrupt calls, all sequences and interleavings up to a bound'
	@echo 'make misuse-table  how many misuses does each way of compiling find? Does docs/PITFALLS.md say so?'
	@echo 'make static       gcc -fanalyzer, clang-tidy, cppcheck with MISRA C:2012; are the made pages up to date?'
	@echo 'make pages        write the pages that scripts make: docs/API.md, docs/PITFALLS.md, docs/states.svg'
	@echo 'make portability  compile everything with the cross compilers, tcc and SDCC'
	@echo 'make install      agen.h to $$(DESTDIR)$$(PREFIX)/include/agen, and what pkg-config and CMake want'
	@echo 'make packages     install and use it as CMake, Meson, pkg-config and Arduino do'
	@echo 'make gdb          tools/agen-gdb.py on the host and on an emulated Cortex-M0'
	@echo 'make trace        tools/agen_trace.h and tools/agen-trace: recording, and what comes of it'
	@echo 'make timeline     record the firmware update on an emulated Cortex-M3, and draw docs/timeline.svg'
	@echo 'make deps         install what the others need (Debian, root)'

ifdef TARGET
demo:
	@examples/firmware_update/boards/run '$(TARGET)' $(if $(filter file,$(origin FILE)),,-f '$(FILE)') $(ARGS)
else
demo: build/demo build/firmware_update
	@build/demo $$(test -t 1 && echo -t) $(if $(NOISE),-n $(NOISE)) $(ARGS) '$(FILE)'
	@echo
	@build/firmware_update agen.h
endif

build/demo: $(STAGES) $(wildcard examples/streaming/*.h) agen.h
	@mkdir -p build
	$(CC) -std=c99 $(WARNINGS) $(CFLAGS) -I. -Iexamples/streaming $(STAGES) -o $@

build/firmware_update: $(UPDATE) $(wildcard examples/firmware_update/*.h) agen.h
	@mkdir -p build
	$(CC) -std=c99 $(WARNINGS) $(CFLAGS) -I. -Iexamples/firmware_update $(UPDATE) -o $@

test:
	@$(if $(TARGET),tests/targets/run $(TARGET),tests/all $(CC))

test-targets:
	@tests/targets/run

check:
	@tests/tools/matrix

examples:
	@mkdir -p build
	@for source in examples/[0-9]*.c; do \
	    echo "== $$source"; \
	    $(CC) -std=c99 $(WARNINGS) $(CFLAGS) -I. $$source -o build/example && build/example || exit 1; \
	done

bench:
	@bench/run
	@command -v python3 >/dev/null || { echo 'python3 is missing: make deps installs it'; exit 77; }
	@bench/compare $(if $(RECORD),--record)
	@bench/size

size:
	@bench/size
	@bench/pieces $(if $(RECORD),--record)
	@bench/where

node:
	@command -v python3 >/dev/null || { echo 'python3 is missing: make deps installs it'; exit 77; }
	@bench/node/measure $(if $(RECORD),--record)

http:
	@tests/peers/http/run

mqtt:
	@tests/peers/mqtt/run

http-load:
	@command -v python3 >/dev/null || { echo 'python3 is missing: make deps installs it'; exit 77; }
	@bench/http/load

hosts:
	@tests/peers/hosts/run

two-loops:
	@tests/targets/two_loops

templates:
	@tests/builds/templates

serial:
	@tests/peers/serial/run

boards:
	@tests/targets/boards

portability:
	@ports/compile examples/[0-9]*.c tests/programs/*.c

fuzz-python:
	@tests/python/fuzz/run_generators $(or $(COUNT),3000) $(SEED)

fuzz-tasks:
	@tests/python/fuzz/run_tasks $(or $(COUNT),1000) $(SEED)

fuzz-loop:
	@tests/fuzz/run_loop $(or $(SEED),1) $(or $(COUNT),10000)

python-rules:
	@command -v python3 >/dev/null || { echo 'python3 is missing: make deps installs it'; exit 77; }
	@tests/python/check

fuzz:
	@tests/fuzz/run $(or $(TIME),300)

coverage:
	@command -v python3 >/dev/null || { echo 'python3 is missing: make deps installs it'; exit 77; }
	@tests/tools/coverage/run

mutate:
	@command -v python3 >/dev/null || { echo 'python3 is missing: make deps installs it'; exit 77; }
	@nice tests/tools/mutation/run $(if $(SAMPLE),--sample $(SAMPLE)) $(ARGS)

prove:
	@tests/proofs/run
	@tests/proofs/run --self-test

misuse-table:
	@nice tests/must_fail/ways

static:
	@command -v python3 >/dev/null || { echo 'python3 is missing: make deps installs it'; exit 77; }
	@tests/tools/static/run

pages:
	@command -v python3 >/dev/null || { echo 'python3 is missing: make deps installs it'; exit 77; }
	@command -v dot >/dev/null || { echo 'dot is missing: make deps installs it'; exit 77; }
	@docs/make-api
	@docs/make-pitfalls
	dot -Tsvg docs/states.dot -o docs/states.svg

# Not straight into include/, which is a system folder: there gcc drops the misuse checks.
VERSION = $(shell sed -n 's/^.define AGEN_VERSION_[MP][A-Z]* //p' agen.h | paste -sd .)
install:
	install -d '$(DESTDIR)$(PREFIX)/include/agen' '$(DESTDIR)$(PREFIX)/share/pkgconfig' \
	    '$(DESTDIR)$(PREFIX)/share/cmake/agen'
	install -m 644 agen.h '$(DESTDIR)$(PREFIX)/include/agen'
	install -m 644 ports/packages/cmake/agenConfig.cmake '$(DESTDIR)$(PREFIX)/share/cmake/agen'
	sed 's|@VERSION@|$(VERSION)|; s|@PREFIX@|$(PREFIX)|' ports/packages/cmake/agen.pc.in \
	    >'$(DESTDIR)$(PREFIX)/share/pkgconfig/agen.pc'
	sed 's|@VERSION@|$(VERSION)|' ports/packages/cmake/agenConfigVersion.cmake.in \
	    >'$(DESTDIR)$(PREFIX)/share/cmake/agen/agenConfigVersion.cmake'

packages:
	@tests/builds/packages

gdb:
	@tests/debug/gdb/run

trace:
	@command -v python3 >/dev/null || { echo 'python3 is missing: make deps installs it'; exit 77; }
	@tests/debug/trace/run

timeline:
	@command -v python3 >/dev/null || { echo 'python3 is missing: make deps installs it'; exit 77; }
	@mkdir -p build
	@examples/firmware_update/boards/run cortex-m3 -t build/timeline.txt update button
	@tools/agen-trace build/timeline.txt docs/timeline.svg --last 600 --zoom end:1.5 \
	    --title 'A firmware update over YMODEM on an emulated Cortex-M3, until the button cancels it'

deps:
	apt-get update
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
	    -o DPkg::Lock::Timeout=600 $$(grep -v '^#' .ci/packages)
	@.ci/cbmc || echo 'cbmc: not to be had here; make prove does without'

clean:
	rm -rf build
