#!/bin/sh
# Nothing is put off: the words for that do not occur.
. "$(dirname "$0")/lib.sh"

words="TO""DO|FIX""ME|X""XX|not ""implemented"
grep -rnIwE "$words" Makefile README.md CONTRIBUTING.md .ci man etc \
    $FOLDERS regress >"$OUT"
finish
