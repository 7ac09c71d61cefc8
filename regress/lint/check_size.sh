#!/bin/sh
# Functions of at most 120 lines and files of at most 800 fail; headers of more
# than 200 are only told.
. "$(dirname "$0")/lib.sh"

c_files | xargs awk '
FNR == 1 {
	end()
	file = FILENAME
}
# In KNF a function is from the name in column 0 to the brace there.
/^[a-zA-Z_][a-zA-Z0-9_]*\(/ && !/;$/ {
	start = FNR
	name = $0
	sub(/\(.*/, "", name)
}
/^}/ && start {
	n = FNR - start + 1
	if (n > 120)
		printf "%s:%d: function %s has %d lines\n", FILENAME,
		    start, name, n
	start = 0
}
{ lines = FNR }
function end()
{
	if (lines > 800)
		printf "%s: %d lines\n", file, lines
	if (lines > 200 && file ~ /\.h$/)
		printf "note: %s: %d lines\n", file, lines >"/dev/stderr"
	lines = start = 0
}
END { end() }' >"$OUT"
finish
