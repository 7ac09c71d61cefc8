# ntpd.  GNU make; the only build file.  `make help' lists the targets.
#
# What is not said here: objects go to build/obj, one archive a folder to
# build/lib (a folder's main.o stays out of it, so that tests can link it),
# executables to build/sbin, build/bin and build/libexec/ntpd, as installed.

VERSION		 = 0.1.0
PREFIX		?= /usr/local
SYSCONFDIR	?= /etc
DESTDIR		?=
B		?= build
SECONDS		?= 20

sbindir		 = $(PREFIX)/sbin
bindir		 = $(PREFIX)/bin
libexecdir	 = $(PREFIX)/libexec/ntpd
mandir		 = $(PREFIX)/share/man
docdir		 = $(PREFIX)/share/doc/ntpd
unitdir		 = $(PREFIX)/lib/systemd/system
sysusersdir	 = $(PREFIX)/lib/sysusers.d
tmpfilesdir	 = $(PREFIX)/lib/tmpfiles.d

# Debian packages: to build and run; to check; and other time services that
# the tests talk to, which are unpacked into build/peer and never installed.
PKGS_RUN	 = gcc make pkg-config libc6-dev libevent-dev libbsd-dev \
		   libmd-dev libseccomp-dev libcap-dev libedit-dev \
		   libssl-dev
# for `xdp': without them it is left out
PKGS_XDP	 = clang libbpf-dev linux-libc-dev
PKGS_CHECK	 = check mandoc iproute2 dnsmasq-base binutils procps \
		   shellcheck xz-utils util-linux python3
PKGS_FUZZ	 = clang libclang-rt-dev
PKGS_PEER	 = chrony ntpsec-ntpdig python3-ntp collectd-core

MAKEFLAGS	+= -rR
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL	 = all
ifneq ($(filter default undefined,$(origin CC)),)
CC		 = gcc
endif
ifneq ($(filter default undefined,$(origin AR)),)
AR		 = ar
endif
PKG_CONFIG	?= pkg-config

# ---- what there is ------------------------------------------------------
ROLES		 = launcher engine server control dns mail
FOLDERS		 = common privsep ntpctl ntpd/parent $(ROLES:%=ntpd/%) \
		   ntpd/xdp
# those that exist once more with libcrypto (common/mac.c), for where keys are used
KEYS		 = engine server

srcs		 = $(sort $(wildcard $(1)/*.c))
objs		 = $(patsubst %.c,$(B)/obj/%.o,$(1))
lib		 = $(B)/lib/lib$(notdir $(1)).a
progs		 = $(patsubst %.c,$(B)/%,$(1))

LIB_COMMON	 = $(B)/lib/libcommon.a
LIB_PRIVSEP	 = $(B)/lib/libprivsep.a
ARCHIVES	 = $(foreach f,$(FOLDERS) $(REGRESS),$(call lib,$(f)))

EXE_ntpd/parent	 = $(B)/sbin/ntpd
EXE_ntpctl	 = $(B)/bin/ntpctl
$(foreach r,$(ROLES) xdp,$(eval \
    EXE_ntpd/$(r) = $(B)/libexec/ntpd/ntpd-$(r)))
# folders that have a main.c, and their executables
MAINS		 = $(filter-out $(if $(HAVE_XDP),,ntpd/xdp), \
		   $(patsubst %/main.c,%,$(wildcard $(FOLDERS:%=%/main.c))))
EXE_KEYS	 = $(KEYS:%=$(B)/libexec/ntpd/ntpd-%-keys)
PROGRAMS	 = $(foreach f,$(MAINS),$(EXE_$(f))) $(EXE_KEYS)

# Under regress, a file with a main is a program, the rest of its folder goes
# into an archive; a file with an LLVMFuzzerTestOneInput is a fuzz target, and
# the rest of that folder is the driver that runs one without libFuzzer.
REGRESS		 = regress/unit regress/system regress/uml regress/sim regress/bench
REGRESS_MAINS	:= $(shell grep -ls '^main\>' $(REGRESS:%=%/*.c))
TEST_PROGS	 = $(call progs,$(filter-out $(if $(HAVE_XDP),, \
		   regress/system/xdp_run.c),$(REGRESS_MAINS)))
UNIT		 = $(filter $(B)/regress/unit/%,$(TEST_PROGS))
BENCH		 = $(filter $(B)/regress/bench/%,$(TEST_PROGS))
FUZZ_SRCS	:= $(shell grep -ls '^LLVMFuzzerTestOneInput\>' regress/fuzz/*.c)
FUZZ_DRIVER	 = $(filter-out $(FUZZ_SRCS),$(call srcs,regress/fuzz))
FUZZ		 = $(if $(FUZZ_DRIVER),$(call progs,$(FUZZ_SRCS)))

# ---- flags --------------------------------------------------------------
# The time below which no clock is believed: reproducible where it can be.
ifdef SOURCE_DATE_EPOCH
EPOCH		:= $(SOURCE_DATE_EPOCH)
else
EPOCH		:= $(shell git log -1 --format=%ct 2>/dev/null || \
		     stat -c %Y Makefile)
endif

cc_option	 = $(shell $(CC) -Werror $(1) -x c -c -o /dev/null /dev/null \
		     2>/dev/null && echo $(1))
comma		 = ,
link_option	 = $(shell $(CC) -Werror $(1) -shared -x c -o /dev/null \
		     /dev/null 2>/dev/null && echo $(1))
pkg		 = $(shell $(PKG_CONFIG) $(1) $(2) 2>/dev/null)

LIBS_PKG	 = libmd libevent_core libbsd-overlay libseccomp libcap libedit
LIBS_CFLAGS	:= $(call pkg,--cflags,$(LIBS_PKG)) -DLIBBSD_OPENBSD_VIS=1
# What is in both (ldexp) is taken from the C library, which is there anyway.
LIBS		:= $(call pkg,--libs,$(LIBS_PKG)) -lc -lm
CRYPTO_LIBS	:= $(call pkg,--libs,libcrypto)
LIBS_ntpd/xdp	:= $(call pkg,--libs,libbpf)
CHECK_CFLAGS	:= $(call pkg,--cflags,check)
CHECK_LIBS	:= $(call pkg,--libs,check)

# A compiler for programs in the kernel, and the library that loads them.
BPF_CC		 = clang -target bpf -mcpu=v3 -O2 -I. \
		   $(patsubst %/asm,-idirafter %,$(wildcard \
		   /usr/include/*-linux-gnu*/asm))
HAVE_XDP	:= $(and $(LIBS_ntpd/xdp),$(shell $(BPF_CC) -x c -include \
		   linux/bpf.h -c -o /dev/null /dev/null 2>/dev/null && \
		   echo yes))

CFLAGS		?= -O2 -g
WARNINGS	 = -Wall -Wextra -Werror -Wstrict-prototypes \
		   -Wmissing-prototypes -Wpointer-arith -Wshadow \
		   -Wwrite-strings -Wformat=2
ifdef SAN
HARDEN		:= -fsanitize=$(SAN) -fno-sanitize-recover=all \
		   -fno-omit-frame-pointer
LINK_HARDEN	:= -fsanitize=$(SAN)
else
HARDEN		:= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 \
		   -fstack-protector-strong $(call cc_option,-fcf-protection) \
		   $(call cc_option,-fstack-clash-protection)
# No unwind tables: nobody unwinds C, and debuggers have .debug_frame.
HARDEN		+= -fno-asynchronous-unwind-tables -fno-unwind-tables
# Packed relocations are a tenth of the others.
LINK_HARDEN	:= -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code \
		   $(call link_option,-Wl$(comma)-z$(comma)pack-relative-relocs)
endif
ALL_CFLAGS	 = -std=gnu11 $(CFLAGS) $(WARNINGS) -fPIE $(HARDEN) -I. \
		   -D_GNU_SOURCE $(LIBS_CFLAGS) -DVERSION='"$(VERSION)"' \
		   -DSYSCONFDIR='"$(SYSCONFDIR)"' \
		   -DLIBEXECDIR='"$(libexecdir)"' $(CPPFLAGS)
ALL_LDFLAGS	 = -pie $(LINK_HARDEN) -Wl,--as-needed $(LDFLAGS)
COMPILE		 = $(CC) $(ALL_CFLAGS) -DBUILD_EPOCH=$(EPOCH)LL -MMD -MP
LINK		 = $(CC) $(CFLAGS) $(ALL_LDFLAGS)
GROUP		 = -Wl,--start-group $(ARCHIVES) -Wl,--end-group

# `make V=1' shows the commands as they are.
Q		 = $(if $(V),,@)
say		 = $(if $(V),,@echo '  $(1)	$(2)')

# ---- building -----------------------------------------------------------
.PHONY: all tests
all: $(PROGRAMS)
tests: $(TEST_PROGS) $(FUZZ)

# Changes when the compiler or its flags do (not with the epoch).
FLAGS_NOW	 = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' | cmp -s - $@ || \
	    printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' >$@
.PHONY: FORCE
FORCE:

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(COMPILE) $(EXTRA_CFLAGS) -c -o $@ $<
$(B)/obj/regress/unit/%.o: EXTRA_CFLAGS = $(CHECK_CFLAGS)

# An archive for each folder, made anew when the list of its files changed.
define archive_rules
$(call lib,$(1)): $(call objs,$(filter-out $(1)/main.c \
    $(REGRESS_MAINS),$(call srcs,$(1)))) \
    $(B)/obj/$(1)/list
	@mkdir -p $$(@D)
	@rm -f $$@
	$(Q)$(AR) rcsD $$@ $$(filter %.o,$$^)
$(B)/obj/$(1)/list: FORCE
	@mkdir -p $$(@D)
	@echo '$(call srcs,$(1))' | cmp -s - $$@ || \
	    echo '$(call srcs,$(1))' >$$@
endef
$(foreach f,$(FOLDERS) $(REGRESS),$(eval $(call archive_rules,$(f))))

# A role is its folder, privsep and common; ntpctl is its folder and common.
define program_rules
$(EXE_$(1)): $(B)/obj/$(1)/main.o $(call lib,$(1)) \
    $(if $(filter ntpd/%,$(1)),$(LIB_PRIVSEP)) $(LIB_COMMON)
	@mkdir -p $$(@D)
	$(call say,LINK,$$@)
	$(Q)$(LINK) -o $$@ $$^ $(LIBS_$(1)) $(LIBS)
endef
$(foreach f,$(MAINS),$(eval $(call program_rules,$(f))))
$(EXE_KEYS): $(B)/libexec/ntpd/ntpd-%-keys: $(B)/obj/ntpd/%/main.o \
    $(B)/obj/common/mac.o $(B)/lib/lib%.a $(LIB_PRIVSEP) $(LIB_COMMON)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(CRYPTO_LIBS) $(LIBS)

# The program for the kernel, which ntpd-xdp has in it as it is.
XDP_OBJECT	 = $(B)/obj/ntpd/xdp/answer.bpf
$(XDP_OBJECT): ntpd/xdp/bpf/answer.c ntpd/xdp/maps.h privsep/xdp.h
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(BPF_CC) -g -Wall -Wextra -Werror -Wno-address-of-packed-member \
	    -c -o $@ $<
$(B)/obj/ntpd/xdp/main.o: $(XDP_OBJECT)
$(B)/obj/ntpd/xdp/main.o: EXTRA_CFLAGS = -DXDP_OBJECT='"$(XDP_OBJECT)"'

$(UNIT): $(B)/%: $(B)/obj/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $< $(GROUP) $(CHECK_LIBS) $(CRYPTO_LIBS) $(LIBS)
$(filter-out $(UNIT),$(TEST_PROGS)): $(B)/%: $(B)/obj/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $< $(GROUP) $(TEST_LIBS) $(CRYPTO_LIBS) $(LIBS)
$(B)/regress/system/xdp_run: TEST_LIBS = $(LIBS_ntpd/xdp)
$(FUZZ): $(B)/%: $(B)/obj/%.o $(call objs,$(FUZZ_DRIVER)) $(ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $(filter %.o,$^) $(GROUP) $(CRYPTO_LIBS) $(LIBS)

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

# ---- dependencies -------------------------------------------------------
# $(call need,PACKAGES): installs those that are missing, and says which.
define need
missing=; \
if command -v dpkg-query >/dev/null; then \
	have=" $$(dpkg-query -W -f '$${db:Status-Status}:$${Package} ' \
	    $(1) 2>/dev/null)"; \
	for p in $(1); do \
		case "$$have" in *" installed:$$p "*) ;; \
		*) missing="$$missing $$p" ;; esac; \
	done; \
elif [ -z "$(LIBS_CFLAGS)" ]; then \
	echo "not a Debian system; these must be there:" $(1) >&2; \
fi; \
if [ -n "$$missing" ]; then \
	echo "deps: installing$$missing"; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	export DEBIAN_FRONTEND=noninteractive; \
	$$sudo apt-get -q -y install --no-install-recommends $$missing || \
	{ $$sudo apt-get -q update && $$sudo apt-get -q -y install \
	    --no-install-recommends $$missing; } || \
	{ echo "deps: cannot install$$missing" >&2; exit 1; }; \
fi
endef

.PHONY: deps deps-run deps-check
deps: deps-check
deps-run:
	@$(call need,$(PKGS_RUN))
# Tests that lack something are skipped by name, so this part may fail.
deps-check: deps-run
	-@$(call need,$(PKGS_CHECK))
	-@$(call need,$(PKGS_XDP))
	@mkdir -p build/peer && cd build/peer && for p in $(PKGS_PEER); do \
		[ -e .$$p ] && continue; \
		echo "deps: unpacking $$p into build/peer"; \
		rm -f $${p}_*.deb; \
		apt-get -q -o APT::Sandbox::User=root download $$p && \
		    dpkg -x $${p}_*.deb . && touch .$$p || echo "deps: no $$p: tests will be skipped"; \
	done

# ---- running and checking -----------------------------------------------
.PHONY: run check unit lint bench bench-server bench-accuracy fuzz \
		   asan
SUBMAKE		 = $(MAKE) --no-print-directory -s \
		   $(if $(findstring j,$(MAKEFLAGS)),,-j$(shell nproc))
run: deps-run
	+@$(SUBMAKE) all
	@SECONDS_TO_RUN=$(SECONDS) BUILD=$(B) regress/run/demo.sh

check: deps-check
	+@$(SUBMAKE) all tests
	@BUILD=$(B) regress/run-tests $(or $(TEST),lint unit config sim fuzz system uml)

unit: $(UNIT)
	@BUILD=$(B) regress/run-tests unit

# What the tests use is read from their objects; they need not be linked.
lint:
	+@$(SUBMAKE) all $(ARCHIVES) $(UNIT:$(B)/%=$(B)/obj/%.o)
	@BUILD=$(B) regress/run-tests lint

bench: all $(BENCH)
	@BUILD=$(B) regress/bench/run

# Our server against chronyd's; ROW=part of a name: only such rows.
bench-server: deps-check
	+@$(SUBMAKE) all $(BENCH)
	@BUILD=$(B) regress/bench/bench_server.sh $(if $(ROW),"$(ROW)")

# N random scenarios from seed SEED on; what must always hold is checked.
N		?= 1000
SEED		?= 1
.PHONY: sim-random
sim-random: $(B)/regress/sim/sim
	@$(B)/regress/sim/sim --random $(N) --seed $(SEED)

# Our clock against chronyd's; variables: see the script.
bench-accuracy: deps-check
	+@$(SUBMAKE) all $(filter-out $(UNIT),$(TEST_PROGS))
	@BUILD=$(B) regress/bench/accuracy.sh

fuzz:
	@$(call need,$(PKGS_FUZZ))
	+@$(SUBMAKE) B=build-fuzz CC=clang \
	    SAN=fuzzer-no-link,address,undefined fuzzers
	@BUILD=build-fuzz regress/fuzz/run
FUZZERS		 = $(FUZZ_SRCS:%.c=$(B)/%.fuzz)
.PHONY: fuzzers
fuzzers: $(FUZZERS)
$(FUZZERS): $(B)/%.fuzz: $(B)/obj/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $< $(GROUP) $(CRYPTO_LIBS) $(LIBS)

asan:
	+@$(SUBMAKE) B=build-asan SAN=address,undefined all unit

# ---- installing ---------------------------------------------------------
MAN		 = $(wildcard man/*.[1-9])
INSTALL		 = install
SUBST		 = sed -e 's,%sbindir%,$(sbindir),g' \
		   -e 's,%libexecdir%,$(libexecdir),g' \
		   -e 's,%sysconfdir%,$(SYSCONFDIR),g'
define install_etc
	$(SUBST) $(1) >$(B)/install.tmp
	$(INSTALL) -D -m $(3) $(B)/install.tmp $(DESTDIR)$(2)
	@rm -f $(B)/install.tmp

endef

# After a change below a running system only, and only what is there.
LIVE		 = $(if $(DESTDIR),,[ "$$(id -u)" != 0 ] || \
		   ! command -v $(1) >/dev/null || $(2))

.PHONY: install install-chronyc uninstall
# For scripts that call chronyc; not where chrony's own is installed.
install-chronyc: install
	ln -sf ntpctl $(DESTDIR)$(bindir)/chronyc

install: all
	$(INSTALL) -D -m 755 $(B)/sbin/ntpd $(DESTDIR)$(sbindir)/ntpd
	$(INSTALL) -D -m 755 $(B)/bin/ntpctl $(DESTDIR)$(bindir)/ntpctl
	$(INSTALL) -d -m 755 $(DESTDIR)$(libexecdir)
	$(INSTALL) -m 755 $(B)/libexec/ntpd/* $(DESTDIR)$(libexecdir)
	for m in $(MAN); do $(INSTALL) -D -m 644 $$m \
	    $(DESTDIR)$(mandir)/man$${m##*.}/$${m#man/} || exit 1; done
	$(call install_etc,etc/ntpd.service,$(unitdir)/ntpd.service,644)
	$(call install_etc,etc/ntpd.socket,$(docdir)/ntpd.socket,644)
	$(call install_etc,etc/ntpd.sysusers,$(sysusersdir)/ntpd.conf,644)
	$(call install_etc,etc/ntpd.tmpfiles,$(tmpfilesdir)/ntpd.conf,644)
	$(call install_etc,etc/rc.d/ntpd,$(docdir)/rc.d/ntpd,755)
	$(INSTALL) -m 644 README.md LICENSE etc/ntpd.conf $(DESTDIR)$(docdir)
	[ -e $(DESTDIR)$(SYSCONFDIR)/ntpd.conf ] || $(INSTALL) -D -m 644 \
	    etc/ntpd.conf $(DESTDIR)$(SYSCONFDIR)/ntpd.conf
	[ -e $(DESTDIR)$(SYSCONFDIR)/logrotate.d/ntpd ] || $(INSTALL) -D \
	    -m 644 etc/ntpd.logrotate \
	    $(DESTDIR)$(SYSCONFDIR)/logrotate.d/ntpd
	$(call LIVE,systemd-sysusers,systemd-sysusers \
	    $(sysusersdir)/ntpd.conf)
	$(call LIVE,systemd-tmpfiles,systemd-tmpfiles --create \
	    $(tmpfilesdir)/ntpd.conf)
	-$(call LIVE,systemctl,[ ! -d /run/systemd/system ] || \
	    systemctl daemon-reload)

uninstall:
	-$(call LIVE,systemctl,[ ! -d /run/systemd/system ] || \
	    systemctl disable --now ntpd.service)
	rm -f $(DESTDIR)$(sbindir)/ntpd $(DESTDIR)$(bindir)/ntpctl \
	    $(DESTDIR)$(unitdir)/ntpd.service \
	    $(DESTDIR)$(sysusersdir)/ntpd.conf \
	    $(DESTDIR)$(tmpfilesdir)/ntpd.conf \
	    $(foreach m,$(notdir $(MAN)),\
	    $(DESTDIR)$(mandir)/man$(patsubst .%,%,$(suffix $(m)))/$(m))
	rm -rf $(DESTDIR)$(libexecdir) $(DESTDIR)$(docdir)
	[ "$$(readlink $(DESTDIR)$(bindir)/chronyc)" != ntpctl ] || \
	    rm -f $(DESTDIR)$(bindir)/chronyc
	! cmp -s etc/ntpd.logrotate $(DESTDIR)$(SYSCONFDIR)/logrotate.d/ntpd || \
	    rm -f $(DESTDIR)$(SYSCONFDIR)/logrotate.d/ntpd

# ---- the rest -----------------------------------------------------------
.PHONY: clean dist help
clean:
	rm -rf build build-asan build-fuzz $(B)

dist:
	@mkdir -p $(B)
	git archive --format=tar.gz --prefix=ntpd-$(VERSION)/ \
	    -o $(B)/ntpd-$(VERSION).tar.gz HEAD

help:
	@echo "all deps run check unit lint bench fuzz asan install" \
	    "install-chronyc uninstall clean dist"
	@echo "sim-random (N=1000, SEED=1): random scenarios, simulated"
	@echo "bench-server (QUICK=1, ROW=plain): our server and chronyd's," \
	    "loaded in turn"
	@echo "bench-accuracy (QUICK=1, SIM=1, CHRONYD=PATH): our clock and" \
	    "chronyd's in simulated time"
	@echo "variables: V CC CFLAGS PREFIX DESTDIR SYSCONFDIR B SECONDS TEST"
