# SPDX-License-Identifier: GPL-2.0
#
#   make            the program, the daemon, the command line (in build/)
#   make test       all tests (needs root for all but the units); make unit: only the units
#   make quick      what to run while you write: units, packets, one cluster, in 90 s (needs root)
#   make check      format, static analysis, direction of includes
#   make demo       four nodes, one virtual address, a node dies (needs root)
#   make bench      figures: tables, and build/bench.json (needs root); tests/bench/run PART: one of them
#   make bench-failover   how long nodes send to a dead one, and what must not happen meanwhile:
#                   build/failover.json (needs root, about 20 minutes); STEER_FAILOVER_KILLS=50,
#                   STEER_FAILOVER_MINUTES=10
#   make bench-initiator   what it costs to probe 250 nodes (needs root)
#   make fuzz       what reads others' bytes, under libFuzzer: FUZZ_SECONDS=600 each (in the tests
#                   60), as many at once as there are CPUs; FUZZ="control http" picks some
#   make format     reformat the sources
#   make compile_commands.json   how each file is compiled, for clangd and other tools
#   make install    DESTDIR=, PREFIX=
#
# V=1 shows commands, SAN=1 builds all of user space with sanitizers.

B       ?= build
CC      ?= gcc
CLANG   ?= clang
PKG     ?= pkg-config
PREFIX  ?= /usr
SBINDIR ?= $(PREFIX)/sbin
LIBDIR  ?= $(PREFIX)/lib/steer
MANDIR  ?= $(PREFIX)/share/man
UNITDIR ?= /lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-8s %s\n'
endif

# The one place that names the version. In a git tree that has the version's tag, "git describe" adds
# how many commits follow the tag, which commit this is, and whether files differ from it.
VERSION   := 0.2.0
DESCRIBED := $(if $(wildcard .git),$(shell git describe --tags --dirty \
	--match '$(VERSION)' --match 'v$(VERSION)' 2>/dev/null))
override VERSION := $(patsubst v%,%,$(or $(DESCRIBED),$(VERSION)))

LIBS_PKG := libbpf libxdp libelf zlib libsystemd yaml-0.1 libcap libcurl jansson libmnl
LIBS     := $(shell $(PKG) --libs $(LIBS_PKG) 2>/dev/null) -lm
PKGFLAGS := $(shell $(PKG) --cflags $(LIBS_PKG) 2>/dev/null)

WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1
CPPFLAGS += -D_GNU_SOURCE -Iinclude -Iuser $(PKGFLAGS)
CPPFLAGS += -DSTEER_VERSION='"$(VERSION)"' -DSTEER_OBJECT='"$(LIBDIR)/steer.bpf.o"'
CFLAGS   ?= -O2 -g
ifeq ($(SAN),1)
override CFLAGS := -g $(SANFLAGS)
endif
CFLAGS   += -std=gnu11 $(WARN) -MMD -MP

# The folders of user space, in the order of dependence: each uses only those before it.
FOLDERS := config table policy neighbour liveness events health cluster datapath control
SRC     := $(foreach f,$(FOLDERS),$(wildcard user/$f/*.c))
OBJ     := $(SRC:%.c=$B/obj/%.o)
DAEMON  := $(patsubst %.c,$B/obj/%.o,$(wildcard user/daemon/*.c))
CLI     := $(patsubst %.c,$B/obj/%.o,$(wildcard user/cli/*.c))

.PHONY: FORCE all tools unit test quick check bench benches bench-failover bench-initiator demo fuzz fuzzers format install clean help
all: $B/steer.bpf.o $B/steerd $B/steer

help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile

# What names the version is built again when it changes, and nothing else.
VERSIONED := $(shell grep -rl STEER_VERSION --include='*.c' user tests)
$(VERSIONED:%.c=$B/obj/%.o) $(VERSIONED:%.c=$B/san/%.o) $(VERSIONED:%.c=$B/fuzz/obj/%.o): $B/version
$B/version: FORCE | $B
	@echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' >$@
FORCE:

# --- the program ---

BPF_CFLAGS := -std=gnu11 -Wall -Wextra -Werror -mcpu=v3 -g -O2 -target bpf \
	-ffile-prefix-map=$(CURDIR)/= -Iinclude -I/usr/include/$(shell $(CC) -print-multiarch)

$B/%.bpf.o: bpf/%.bpf.c | $B
	$(say) CLANG $@
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MT $@ -MF $B/$*.bpf.d -c $< -o $@

# --- user space ---

$B $B/test:
	$(Q)mkdir -p $@

$B/obj/%.o: %.c
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$B/steerd: $(DAEMON) $(OBJ)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

$B/steer: $(CLI) $(OBJ)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

# --- unit tests: tests/unit/<folder>/test_*.c, with sanitizers, linked to what the folder uses ---

LINK_config    := config
LINK_table     := table
LINK_neighbour := neighbour config
LINK_liveness  := liveness config
LINK_health    := health events config
LINK_policy    := policy
LINK_datapath  := datapath config
LINK_events    := events
LINK_control   := control
LINK_cli       := cli control events datapath policy config
LINK_cluster   := cluster table policy events liveness config health
LINK_daemon    := daemon $(FOLDERS)

UNIT_SRC := $(wildcard tests/unit/*/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$B/unit/%)

$B/san/%.o: %.c
	@mkdir -p $(@D)
	$(say) CC.san $@
	$(Q)$(CC) $(CPPFLAGS) -g -std=gnu11 $(WARN) -MMD -MP $(SANFLAGS) -c $< -o $@

# A folder's main.c holds main() alone, so that everything else can be tested.
san_objects = $(foreach f,$(LINK_$1),$(patsubst %.c,$B/san/%.o,$(filter-out %/main.c,$(wildcard user/$f/*.c))))

.SECONDARY:
.SECONDEXPANSION:
$B/unit/%: $B/san/tests/unit/%.o $$(call san_objects,$$(word 1,$$(subst /, ,$$*)))
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(SANFLAGS) $^ $(LIBS) -lcmocka -o $@

# What has threads is also run under the thread sanitizer, which does not go together with the others.
TSAN_SRC := $(wildcard tests/unit/liveness/test_liveness*.c)
TSAN_BIN := $(TSAN_SRC:tests/unit/%.c=$B/unit/%_tsan)
TSANFLAGS := -fsanitize=thread -fno-omit-frame-pointer -O1 -Wno-maybe-uninitialized

$B/tsan/%.o: %.c
	@mkdir -p $(@D)
	$(say) CC.tsan $@
	$(Q)$(CC) $(CPPFLAGS) -g -std=gnu11 $(WARN) -MMD -MP $(TSANFLAGS) -c $< -o $@

tsan_objects = $(patsubst $B/san/%,$B/tsan/%,$(call san_objects,$1))
$B/tsan/bin/%: $B/tsan/tests/unit/%.o $$(call tsan_objects,$$(word 1,$$(subst /, ,$$*)))
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(TSANFLAGS) $^ $(LIBS) -lcmocka -o $@

# Where addresses are as random as newer kernels make them, it does not start.
$B/unit/%_tsan: $B/tsan/bin/%
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\nsetarch -R true 2>/dev/null && exec setarch -R %s\nexec %s\n' \
		$(abspath $<) $(abspath $<) >$@ && chmod +x $@

unit: $(UNIT_BIN) $(TSAN_BIN)
	$(Q)tests/run unit

# --- tools of the tests: tests/tools/*.c and *.bpf.c ---

TEST_TOOLS := $(patsubst tests/tools/%.c,$B/test/%,$(filter-out %.bpf.c %.so.c,$(wildcard tests/tools/*.c)))
TEST_BPF   := $(patsubst tests/tools/%.bpf.c,$B/test/%.bpf.o,$(wildcard tests/tools/*.bpf.c))

$B/test/%.bpf.o: tests/tools/%.bpf.c | $B/test
	$(say) CLANG $@
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MT $@ -MF $B/test/$*.bpf.d -c $< -o $@

$B/test/%: $B/obj/tests/tools/%.o $(OBJ) | $B/test
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

# To be preloaded.
TEST_SO := $(patsubst tests/tools/%.so.c,$B/test/%.so,$(wildcard tests/tools/*.so.c))

$B/test/%.so: tests/tools/%.so.c | $B/test
	$(say) LINK $@
	$(Q)$(CC) $(CPPFLAGS) -O2 -g -std=gnu11 $(WARN) -MMD -MP -MT $@ -MF $B/test/$*.so.d -shared -fPIC $< -o $@

# A daemon of another version, for upgrades: what names the version is built anew.
OTHER_OBJ = $(foreach o,$(DAEMON) $(OBJ),\
	$(if $(filter $o,$(VERSIONED:%.c=$B/obj/%.o)),$(o:$B/obj/%=$B/other/%),$o))

$B/other/%.o: %.c
	@mkdir -p $(@D)
	$(say) CC.other $@
	$(Q)$(CC) $(CPPFLAGS) -USTEER_VERSION -DSTEER_VERSION='"other"' $(CFLAGS) -c $< -o $@

$B/test/steerd-other: $(OTHER_OBJ) | $B/test
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

tools: $(TEST_TOOLS) $(TEST_BPF) $(TEST_SO) $B/test/steerd-other

# --- figures: tests/bench/part_* print them (tests/bench/run), with tests/bench/bench_*.c ---

BENCH_BIN := $(patsubst tests/bench/%.c,$B/bench/%,$(wildcard tests/bench/bench_*.c))
BENCH_OBJ := $(patsubst %.c,$B/obj/%.o,$(filter-out tests/bench/bench_%.c,$(wildcard tests/bench/*.c)))

$B/bench/%: $B/obj/tests/bench/%.o $(BENCH_OBJ) $(OBJ)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

# Nanoseconds per packet: tests/bench/packets/*.c, and *.bpf.c which it measures with.
PACKETS_SRC := $(wildcard tests/bench/packets/*.c)
PACKETS_OBJ := $(patsubst %.c,$B/obj/%.o,$(filter-out %.bpf.c,$(PACKETS_SRC)))
BENCH_BIN   += $B/bench/packets
BENCH_BPF   := $(patsubst tests/bench/packets/%.c,$B/bench/%.o,$(filter %.bpf.c,$(PACKETS_SRC)))

$B/bench/packets: $(PACKETS_OBJ) $(OBJ)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

$B/bench/%.bpf.o: tests/bench/packets/%.bpf.c
	@mkdir -p $(@D)
	$(say) CLANG $@
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MT $@ -MF $B/bench/$*.bpf.d -c $< -o $@

# --- fuzzing: tests/fuzz/fuzz_*.c with clang's libFuzzer; FUZZ_SECONDS each ---

FUZZ_SECONDS ?= 600
FUZZ_BIN := $(patsubst tests/fuzz/%.c,$B/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_OBJ := $(patsubst %.c,$B/fuzz/obj/%.o,$(filter-out %/main.c,$(wildcard user/*/*.c)))

# What is only there to be cleaned up counts as unused to clang.
FUZZ_CFLAGS := -g -O1 -std=gnu11 -Wall -Wextra -Werror -Wno-unused-variable \
	-fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all

$B/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(say) CC.fuzz $@
	$(Q)$(CLANG) $(CPPFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@

# All of user space, of which a fuzzer takes what it does not define itself.
$B/fuzz/user.a: $(FUZZ_OBJ)
	$(Q)rm -f $@ && ar qcs $@ $^

$B/fuzz/fuzz_%: $B/fuzz/obj/tests/fuzz/fuzz_%.o $B/fuzz/user.a
	$(say) LINK $@
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer $^ $(LIBS) $(FUZZ_LIBS) -o $@

# A server that speaks TLS.
$B/fuzz/fuzz_https: FUZZ_LIBS := -lgnutls

# The program's headers, with helpers of the fuzzer's own. Packets are not aligned.
$B/fuzz/fuzz_packet: tests/fuzz/fuzz_packet.c $(wildcard bpf/*.h include/steer/*.h tests/fuzz/include/bpf/*.h)
	@mkdir -p $(@D)
	$(say) CLANG $@
	$(Q)$(CLANG) -Itests/fuzz/include -Iinclude $(FUZZ_CFLAGS) -fsanitize=fuzzer \
		-fno-sanitize=alignment -Wno-unused-function -Wno-pass-failed $< -o $@

fuzzers: $(FUZZ_BIN)

fuzz: fuzzers
	$(Q)FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/test_fuzz.sh $(FUZZ)

benches: $(BENCH_BIN) $(BENCH_BPF)

bench: all tools benches
	$(Q)tests/bench/run

bench-failover: all tools
	$(Q)tests/bench/failover/run

bench-initiator: all tools
	$(Q)tests/bench/bench_initiator.sh

test: all tools fuzzers benches $(UNIT_BIN) $(TSAN_BIN)
	$(Q)tests/run

quick: all tools $(UNIT_BIN) $(TSAN_BIN)
	$(Q)tests/quick

demo: all tools
	$(Q)tests/demo/run

check:
	$(Q)tools/check

format:
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format -i

# --- a compilation database (clang's JSON format), from the variables above ---

# A shell's command line as a JSON string; tools that read it write no dependency files.
json_command = $(subst ",\",$(subst \,\\,$(filter-out -MMD -MP,$1)))
compile_command = { "directory": "$(CURDIR)", "file": "$1", "command": "$(call json_command,$2 -c $1)" }
define newline


endef
compile_commands = $(foreach f,$1,$(comma)$(newline)$(call compile_command,$f,$2))
comma := ,

BPF_SRC := $(wildcard tests/tools/*.bpf.c tests/bench/packets/*.bpf.c)
C_SRC   := $(wildcard user/*/*.c tests/tools/*.c tests/bench/*.c tests/bench/packets/*.c)
C_SRC   := $(filter-out $(BPF_SRC),$(C_SRC))
FUZZ_SRC := $(filter-out tests/fuzz/fuzz_packet.c,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: compile_commands.json
compile_commands.json:
	$(say) JSON $@
	$(file >$@,[$(newline)$(call compile_command,bpf/steer.bpf.c,$(CLANG) $(BPF_CFLAGS))$(call \
		compile_commands,$(BPF_SRC),$(CLANG) $(BPF_CFLAGS))$(call \
		compile_commands,$(C_SRC),$(CC) $(CPPFLAGS) $(CFLAGS))$(call \
		compile_commands,$(UNIT_SRC),$(CC) $(CPPFLAGS) -g -std=gnu11 $(WARN) $(SANFLAGS))$(call \
		compile_commands,$(FUZZ_SRC),$(CLANG) $(CPPFLAGS) $(FUZZ_CFLAGS))$(call \
		compile_commands,tests/fuzz/fuzz_packet.c,$(CLANG) -Itests/fuzz/include -Iinclude \
		$(FUZZ_CFLAGS) -Wno-unused-function)$(newline)])

install: all
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(LIBDIR) $(DESTDIR)$(UNITDIR) \
		$(DESTDIR)$(SYSUSERSDIR) $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man8
	install -m 0755 $B/steerd $B/steer $(DESTDIR)$(SBINDIR)
	install -m 0644 $B/steer.bpf.o $(DESTDIR)$(LIBDIR)
	install -m 0644 tools/steerd.service $(DESTDIR)$(UNITDIR)
	install -m 0644 tools/steer.sysusers $(DESTDIR)$(SYSUSERSDIR)/steer.conf
	install -m 0644 man/*.5 $(DESTDIR)$(MANDIR)/man5
	install -m 0644 man/*.8 $(DESTDIR)$(MANDIR)/man8

clean:
	$(Q)rm -rf $B

-include $(shell find $B -name '*.d' 2>/dev/null)
