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
find $FOLDERS -name '*.c' | sort |
    eval xargs -P2 -n8 $other -fsyntax-only -DBUILD_EPOCH=0LL "$flags" \
    >"$OUT" 2>&1
finish
