#!/bin/sh
# A function or table that is visible outside its file is used outside it.
# Used only by tests and not in its own file either: told as a note.
. "$(dirname "$0")/lib.sh"

objects | xargs nm -A -g --defined-only 2>/dev/null |
    awk '{ sub(/:[^:]*$/, "", $1); print $NF, $1 }' |
    sed 's/:[0-9a-f]*$//' | grep -v '^main ' | sort -u >"$OUT.def"
objects | xargs nm -A -u 2>/dev/null | awk '{ print $NF }' |
    sort -u >"$OUT.used"
find "$BUILD/obj/regress" -name '*.o' -exec nm -A -u {} + 2>/dev/null |
    awk '{ print $NF }' | sort -u >"$OUT.tests"

join -v 1 "$OUT.def" "$OUT.used" >"$OUT.unused"
join -v 1 "$OUT.unused" "$OUT.tests" |
    sed "s,\([^ ]*\) $BUILD/obj/\(.*\)\.o,\2.c: \1 is used nowhere else: make it static or remove it," \
    >"$OUT"
# 1: used by tests only; is there a reference in its own object?
join "$OUT.unused" "$OUT.tests" | while read -r name o; do
	readelf -rW "$o" | awk -v n="$name" '$5 == n { f = 1 }
	    END { exit !f }' ||
	    echo "note: ${o#"$BUILD/obj/"}: $name is used by tests only" >&2
done
finish
