#!/bin/sh
# The program for the kernel on packets that are made for it; see xdp_run.c.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
[ -x "$BUILD/regress/system/xdp_run" ] || skip "no libbpf: make deps"
[ "$(id -u)" = 0 ] || skip "not root"
exec "$BUILD/regress/system/xdp_run" "$BUILD/obj/ntpd/xdp/answer.bpf"
