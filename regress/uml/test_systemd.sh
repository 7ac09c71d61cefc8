#!/bin/sh
# The third line of README.md in a guest that has systemd: make install,
# systemctl enable --now; the unit file with all that it forbids, a killed
# daemon, systemctl stop, make uninstall.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/regress/uml/lib.sh"
need_kernel
[ "$(id -u)" = 0 ] || {
	echo "skip: needs root, whose files the guest changes in its memory"
	exit 77
}
[ -x /lib/systemd/systemd ] || {
	echo "skip: no systemd"
	exit 77
}

out=$(mktemp -d "${TMPDIR:-/tmp}/uml-systemd.XXXXXX") || exit 1
trap 'rm -rf "$out"' EXIT
guest_place
timeout -k 5 280 taskset -c $GUEST_CPU "$UML" mem=320M root=/dev/root \
    rootfstype=hostfs rootflags=/ ro init="$TOP/regress/uml/systemd.sh" uml_dir="$out/" \
    con=null con0=null,fd:1 quiet seccomp=auto TOP="$TOP" BUILD="$BUILD" \
    OUT="$out" </dev/null >"$out/kernel" 2>&1
cat "$out/probe" 2>/dev/null || cat "$out/kernel"
grep -q '^ok make uninstall' "$out/probe" && ! grep -q '^not ok' "$out/probe"
