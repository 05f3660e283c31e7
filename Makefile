# ngidx: exact n-gram search over huge text. "make help" lists the targets.
#
# Every .c file of a folder is part of that folder's program or library; there is no list to keep. Objects
# and programs go to $(BUILD), so that several builds (sanitizers, compilers) stand side by side.

ifeq ($(origin CC),default)
CC := gcc
endif
BUILD ?= build$(CROSS:%=/%)
# As a path from here, however it is given: the dependencies of objects name their files so.
override BUILD := $(patsubst $(CURDIR)/%,%,$(abspath $(BUILD)))
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 30

# CROSS=aarch64: for that processor, with Debian's cross compiler and the libraries that scripts/cross.sh puts below BUILD.
# Tests run under qemu-user.
ifdef CROSS
SYSROOT := $(BUILD)/sysroot
CC := $(CROSS)-linux-gnu-gcc --sysroot=$(SYSROOT)
OBJCOPY := $(CROSS)-linux-gnu-objcopy
export EMULATOR := qemu-$(CROSS) -L $(CURDIR)/$(SYSROOT)
export TESTS ?= property corrupt emulated golden unit
export CK_TIMEOUT_MULTIPLIER ?= 20
endif
OBJCOPY ?= objcopy

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
LANGUAGE := -std=gnu11 -D_GNU_SOURCE -I.
HARDENING := -fPIC -fvisibility=hidden -fstack-protector-strong -fno-plt $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2)
SANITIZING := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
COMPILE = $(CC) $(LANGUAGE) $(WARNINGS) $(if $(WERROR),-Werror) $(HARDENING) $(SANITIZING) $(CPPFLAGS) $(CFLAGS)
LINK = $(CC) $(SANITIZING) $(CFLAGS) $(LDFLAGS) -Wl,-z,relro,-z,now -Wl,--as-needed
# One line a file instead of the whole command; V=1 shows the command.
say = $(if $(V),,@echo '$(1) $@';)
LIBS := -luring -lzstd -lbz2 -llzma -lxxhash -lyajl -lz -lutf8proc -lpthread -lm
INDEXER_LIBS := -ldivsufsort -ldivsufsort64
SERVER_LIBS := -levent

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
COMMON := $(call objects,$(wildcard common/*/*.c))
INDEXER := $(call objects,$(wildcard indexer/*/*.c))
MAIN := $(call objects,query/cli/main.c)
COMMANDS := $(filter-out $(MAIN),$(call objects,$(wildcard query/cli*/*.c query/args/*.c query/cite/*.c query/report/*.c query/shares/*.c query/schema/*.c query/bulletin/*.c)))
REMOTE := $(call objects,$(wildcard query/remote/*.c))
QUERY := $(call objects,$(wildcard query/lib/*.c query/explore/*.c query/verify/*.c query/match/*.c query/contam/*.c query/trace/*.c query/compare/*.c query/holders/*.c query/preset/*.c query/parts/*.c))
SERVER := $(call objects,$(wildcard server/*/*.c))
PROGRAMS := $(BUILD)/ngidx $(BUILD)/ngidxd
LIBRARY := $(BUILD)/libngidx.a $(BUILD)/libngidx.so.0

# Tests: one Check program of all of tests/unit, one program for every file of the other folders.
SUPPORT := $(call objects,$(wildcard tests/support/*.c))
UNIT := $(call objects,$(wildcard tests/unit/*.c))
test_programs = $(foreach dir,$(1),$(patsubst tests/$(dir)/%.c,$(BUILD)/tests/$(dir)_%,$(wildcard tests/$(dir)/*.c)))
CHECKED := property golden corrupt
CHECKS := $(BUILD)/tests/unit_all $(call test_programs,$(filter $(CHECKED),$(or $(TESTS),$(CHECKED))))
BENCHES := $(call test_programs,bench)
FUZZERS := $(or $(FUZZ:%=$(BUILD)/tests/fuzz_fuzz_%),$(call test_programs,fuzz))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all test-programs check check-asan check-tsan check-aarch64 test lint lint-files bench fuzz fuzz-run demo install man wheel deb \
        example-report clean help FORCE

all: $(PROGRAMS) $(LIBRARY) ## the programs and the library (default)

# The library takes of common/ what it needs. It is one object in which all names but the public ones are local: a program that is linked with it sees
# ngidx.h and nothing else, be it one of ours or another's.
$(BUILD)/common.a: $(COMMON)
	$(call say,AR  )rm -f $@ && ar rcs $@ $^

$(BUILD)/libngidx.o: $(QUERY) $(BUILD)/common.a
	$(call say,LINK)$(CC) -r -nostdlib -o $@ $^ && $(OBJCOPY) --localize-hidden $@

$(BUILD)/libngidx.a: $(BUILD)/libngidx.o
	$(call say,AR  )rm -f $@ && ar rcs $@ $<

# It stays loaded when a program closes it: threads that end later still free what it keeps for each.
$(BUILD)/libngidx.so.0: $(BUILD)/libngidx.o query/include/libngidx.map
	$(call say,LINK)$(LINK) -shared -Wl,-soname,libngidx.so.0 -Wl,--version-script,query/include/libngidx.map \
	    $(if $(SANITIZE),,-Wl,-z,defs) -Wl,-z,nodelete -o $@ $< $(LIBS) && ln -sf libngidx.so.0 $(BUILD)/libngidx.so

# The programs have their own copies of common/, whose names in the library are local.
$(BUILD)/ngidx: $(MAIN) $(COMMANDS) $(REMOTE) $(INDEXER) $(BUILD)/common.a $(BUILD)/libngidx.a
	$(call say,LINK)$(LINK) -o $@ $^ $(INDEXER_LIBS) $(SERVER_LIBS) $(LIBS)

$(BUILD)/ngidxd: $(SERVER) $(REMOTE) $(BUILD)/common.a $(BUILD)/libngidx.a
	$(call say,LINK)$(LINK) -o $@ $^ $(SERVER_LIBS) $(LIBS)

# What the Python wheel holds: linked with the static libraries that Debian has, so that it needs few others, which it
# brings along (scripts/wheel.sh).
WHEEL := $(addprefix $(BUILD)/wheel/programs/,libngidx.so.0 ngidx ngidxd)
static = -Wl,-rpath,'$$ORIGIN' -Wl,--exclude-libs,ALL $(patsubst -l%,-l:lib%.a,$(filter-out $(SHARED),$(1))) $(filter $(SHARED),$(1))
SHARED := -lyajl -ldivsufsort -ldivsufsort64 -lpthread -lm # no static libraries in Debian, or glibc's
$(BUILD)/wheel/programs/libngidx.so.0: $(BUILD)/libngidx.o query/include/libngidx.map
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -s -shared -Wl,-soname,libngidx.so.0 -Wl,--version-script,query/include/libngidx.map \
	    -Wl,-z,defs -Wl,-z,nodelete -o $@ $< $(call static,$(LIBS))
LOADER := $(BUILD)/indexer/corpus/libarchive.o # of a shared library, which the wheel does not bring
$(BUILD)/wheel/libarchive.o: indexer/corpus/libarchive.c $(LOADER)
	@mkdir -p $(@D)
	$(call say,CC  )$(COMPILE) -DNG_LIBARCHIVE_LINKED -c -o $@ $<
$(BUILD)/wheel/programs/ngidx: $(MAIN) $(COMMANDS) $(REMOTE) $(filter-out $(LOADER),$(INDEXER)) $(BUILD)/wheel/libarchive.o \
        $(BUILD)/common.a $(BUILD)/libngidx.a
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -s -o $@ $^ $(call static,$(INDEXER_LIBS) -larchive $(SERVER_LIBS) $(LIBS))
$(BUILD)/wheel/programs/ngidxd: $(SERVER) $(REMOTE) $(BUILD)/common.a $(BUILD)/libngidx.a
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -s -o $@ $^ $(call static,$(SERVER_LIBS) $(LIBS))

# Kernels for newer x86-64 processors, chosen at run time; on other machines these files compile to nothing. -O2 costs a
# batch of ranks 5 % and more, and generic tuning those for AVX-512.
ifneq ($(filter x86_64-%,$(shell $(CC) -dumpmachine 2> /dev/null)),)
BMI2 := -msse4.2 -mpopcnt -mbmi -mbmi2 -mpclmul -mavx2 $(if $(filter -O2,$(CFLAGS)),-O3)
AVX512 := $(BMI2) -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vbmi2 -mavx512vpopcntdq -mvpclmulqdq \
    -mtune=icelake-server
$(BUILD)/%_bmi2.o $(BUILD)/%_bmi2.tidy: ISA := $(BMI2)
$(BUILD)/%_avx512.o $(BUILD)/%_avx512.tidy: ISA := $(AVX512)
endif

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC  )$(COMPILE) $(ISA) -MMD -MP -c -o $@ $<

# A fuzzer learns nothing from comparisons of rows, and would spend two thirds of its time on them.
ifneq ($(findstring fuzzer,$(SANITIZE)),)
$(BUILD)/common/rank/%.o $(BUILD)/indexer/write/%.o: SANITIZING += -fno-sanitize-coverage=trace-cmp
endif

# These hold files as they are.
$(BUILD)/server/assets/assets.o: $(wildcard server/assets/page/*) server/assets/benchmarks.html server/assets/openapi.json
$(BUILD)/query/report/html.o: query/report/report.html
$(BUILD)/query/bulletin/html.o: query/bulletin/page.html
$(BUILD)/query/bulletin/report.o: query/report/report.schema.json

$(BUILD)/sysroot/complete: scripts/cross.sh scripts/bootstrap.sh
	@scripts/cross.sh $(CROSS) $(@D)

# Changes only when the compiler or its flags do, and then everything is compiled anew.
$(BUILD)/flags: FORCE $(SYSROOT:%=%/complete)
	@mkdir -p $(@D)
	@echo '$(COMPILE) $(AVX512)' | cmp -s - $@ || echo '$(COMPILE) $(AVX512)' > $@

-include $(wildcard $(BUILD)/*/*/*.d)

define link_test
@mkdir -p $(@D)
$(call say,LINK)$(LINK) -o $@ $(filter %.o,$^) $$(pkg-config --libs check) $(INDEXER_LIBS) $(SERVER_LIBS) $(LIBS)
endef
CODE := $(COMMANDS) $(REMOTE) $(INDEXER) $(filter-out $(BUILD)/server/run/main.o,$(SERVER)) $(QUERY) $(COMMON)

$(BUILD)/tests/unit_all: $(UNIT) $(SUPPORT) $(CODE)
	$(link_test)
$(BUILD)/tests/property_%: $(BUILD)/tests/property/%.o $(SUPPORT) $(CODE)
	$(link_test)
$(BUILD)/tests/golden_%: $(BUILD)/tests/golden/%.o $(SUPPORT) $(CODE)
	$(link_test)
$(BUILD)/tests/corrupt_%: $(BUILD)/tests/corrupt/%.o $(SUPPORT) $(CODE)
	$(link_test)
$(BUILD)/tests/bench_%: $(BUILD)/tests/bench/%.o $(SUPPORT) $(CODE)
	$(link_test)
$(BUILD)/tests/fuzz_%: $(BUILD)/tests/fuzz/%.o $(SUPPORT) $(CODE)
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -fsanitize=fuzzer -o $@ $^ $$(pkg-config --libs check) $(INDEXER_LIBS) $(SERVER_LIBS) $(LIBS)

# To be preloaded, which sanitizers do not bear.
FAULTS := $(if $(SANITIZE),,$(BUILD)/tests/fault.so)
$(BUILD)/tests/fault.so: tests/faults/fault.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(LANGUAGE) $(WARNINGS) $(if $(WERROR),-Werror) -O2 -fPIC -shared -o $@ $<

test-programs: $(PROGRAMS) $(BUILD)/libngidx.so.0 $(CHECKS) $(FAULTS) $(if $(CROSS),wheel)

check: test-programs ## all tests; ends with the line "N passed, N failed, N skipped"
	@tests/run $(BUILD) $(JOBS)

check-asan: ## all tests under clang's address and undefined-behaviour sanitizers
	+$(MAKE) --no-print-directory CC=clang CFLAGS='-O1 -gline-tables-only' BUILD=$(BUILD)/asan SANITIZE=address,undefined check

check-tsan: ## all tests under clang's thread sanitizer
	+$(MAKE) --no-print-directory CC=clang CFLAGS='-O1 -gline-tables-only' BUILD=$(BUILD)/tsan SANITIZE=thread check

check-aarch64: ## cross-compiled: unit, property and format tests under qemu-user, and the wheel's examples
	+$(MAKE) --no-print-directory CROSS=aarch64 BUILD=$(BUILD)/aarch64 check

test: ## installs what is missing, then every test: gcc, clang with sanitizers, lint
	@scripts/test.sh $(BUILD) $(JOBS)

lint: ## clang-tidy, cppcheck, shellcheck, and the house rules of scripts/check_*
	@scripts/lint.sh $(BUILD) $(JOBS)

# clang-tidy of one file; made again when the file, or a header it includes, has changed. Its analyzer, which takes most of
# the time, is for code that ships: tests themselves run under the sanitizers.
$(BUILD)/tests/%.tidy: TIDY_CHECKS := --checks=-clang-analyzer-*
# How far the analyzer follows the paths of a function; its own limit is 225,000.
TIDY_NODES ?= 225000
TIDY_DEPTH := $(patsubst %,--extra-arg=%,-Xclang -analyzer-config -Xclang max-nodes=$(TIDY_NODES))
lint-files: $(patsubst %.c,$(BUILD)/%.tidy,$(wildcard common/*/*.c indexer/*/*.c query/*/*.c server/*/*.c tests/*/*.c))
$(BUILD)/%.tidy: %.c $(BUILD)/%.o .clang-tidy
	@echo "clang-tidy $<"
	@clang-tidy --quiet $(TIDY_CHECKS) $(TIDY_DEPTH) $< -- $(LANGUAGE) $(WARNINGS) $(ISA) 2> $@.log || { cat $@.log; exit 1; }
	@touch $@

bench: $(PROGRAMS) $(BENCHES) ## size and speed beside the peer's; scripts/bench.sh tells the settings (TEXT=...)
	@scripts/bench.sh $(BUILD)

fuzz: ## every libFuzzer program of tests/fuzz, or FUZZ="shard ...", each for FUZZ_SECONDS=30
	+$(MAKE) --no-print-directory CC=clang CFLAGS='-O1 -g' BUILD=$(BUILD)/fuzz \
	    SANITIZE=fuzzer-no-link,address,undefined fuzz-run

fuzz-run: $(FUZZERS)
	@tests/run_fuzzers $(FUZZ_SECONDS) $(FUZZERS)

example-report: $(BUILD)/ngidx ## a contamination report and a bulletin of text that every Debian machine has
	@scripts/example_report.sh $(BUILD)

demo: ## indexes and searches text that every Debian machine has or can get
	@scripts/demo.sh $(BUILD) $(JOBS)

# Man pages are made from the programs' own help; without help2man they are left out, and that is said.
man: $(PROGRAMS)
	@if [ -n '$(CROSS)' ]; then echo 'no man pages: programs for $(CROSS) do not run here' >&2; \
	elif command -v help2man > /dev/null; then scripts/man.sh $(BUILD); else echo 'no man pages: help2man is missing' >&2; fi

VERSION := $(shell sed -n 's/^\#define NGIDX_VERSION "\(.*\)"/\1/p' query/include/ngidx_base.h)
ROOT = $(DESTDIR)$(PREFIX)
LIBDIR ?= $(PREFIX)/lib
LIBROOT = $(DESTDIR)$(LIBDIR)
fill = sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|' $(1) > '$(2)'

install: $(PROGRAMS) $(LIBRARY) man ## programs, library, headers, man pages, completion, units: to $(DESTDIR)$(PREFIX)
	install -d $(addprefix '$(ROOT)'/,bin include lib/systemd/system share/man/man1 \
	    share/bash-completion/completions share/zsh/site-functions share/ngidx) '$(LIBROOT)/pkgconfig'
	install -m 755 $(PROGRAMS) '$(ROOT)/bin'
	install -m 644 query/include/*.h '$(ROOT)/include'
	install -m 644 $(BUILD)/libngidx.a '$(LIBROOT)'
	install -m 755 $(BUILD)/libngidx.so.0 '$(LIBROOT)'
	ln -sf libngidx.so.0 '$(LIBROOT)/libngidx.so'
	$(call fill,query/include/ngidx.pc.in,$(LIBROOT)/pkgconfig/ngidx.pc)
	$(call fill,server/assets/ngidxd.service,$(ROOT)/lib/systemd/system/ngidxd.service)
	install -m 644 query/report/report.schema.json '$(ROOT)/share/ngidx'
	install -m 644 server/assets/ngidxd.socket '$(ROOT)/lib/systemd/system'
	if [ -d $(BUILD)/man ]; then install -m 644 $(BUILD)/man/*.1 '$(ROOT)/share/man/man1'; fi
	install -m 644 scripts/completion/ngidx.bash '$(ROOT)/share/bash-completion/completions/ngidx'
	ln -sf ngidx '$(ROOT)/share/bash-completion/completions/ngidxd'
	install -m 644 scripts/completion/_ngidx '$(ROOT)/share/zsh/site-functions'
	if [ -z '$(DESTDIR)' ] && [ "$$(id -u)" = 0 ]; then ldconfig; fi # programs find the library

wheel: $(WHEEL) ## the Python package with its programs: $(BUILD)/ngidx-*-py3-none-manylinux_*.whl
	@CC='$(CC)' scripts/wheel.sh $(BUILD) '$(SYSROOT)'

deb: ## Debian packages of the programs, the library and the Python package: $(BUILD)/deb/*.deb
	@scripts/deb.sh $(BUILD) $(JOBS)

clean: ## removes $(BUILD)
	rm -rf '$(BUILD)'

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
