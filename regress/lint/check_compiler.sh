#!/bin/sh
# The other compiler, gcc or clang, says nothing about the program either.
. "$(dirname "$0")/lib.sh"

flags=$(cat "$BUILD/flags")
case $flags in
*clang*)	other=gcc ;;
*)		other=clang ;;
esac
command -v $other >/dev/null || {
	echo "skip: no $other"
	exit 77
}
# the first word was the compiler; the linker's flags are of no use here
flags=$(printf '%s\n' "$flags" | sed 's/^[^ ]* //; s/ -pie .*//')
# not what is compiled for the kernel, nor what loads it without its library
find $FOLDERS -name '*.c' -not -path '*/bpf/*' | sort |
    if [ -e "$BUILD/libexec/ntpd/ntpd-xdp" ]; then
	cat
    else
	grep -vx ntpd/xdp/main.c
    fi | eval xargs -P2 -n8 $other -fsyntax-only -DBUILD_EPOCH=0LL \
    "-DXDP_OBJECT='\"\"'" "$flags" \
    >"$OUT" 2>&1
finish
