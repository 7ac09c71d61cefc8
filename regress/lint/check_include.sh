#!/bin/sh
# The dependency rule: common <- privsep <- ntpd/<role>; ntpctl uses common
# only; common/mac.h is for the main.c of who uses keys; no role includes
# another; no circles.  Tests include what they like.
. "$(dirname "$0")/lib.sh"

find $FOLDERS -name '*.[ch]' | sort |
    xargs grep -Hn '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' |
    sed 's/^\([^:]*\):\([0-9]*\):[^"]*"\([^"]*\)".*/\1 \2 \3/' >"$OUT.inc"

# folder of a file: common, privsep, ntpctl, ntpd/<role>
awk '
function folder(f,	p, n)
{
	n = split(f, p, "/")
	return (p[1] == "ntpd" && n > 2 ? p[1] "/" p[2] : p[1])
}
{
	from = folder($1)
	to = folder($3)
	ok = from == to || to == "common" ||
	    (to == "privsep" && from ~ /^ntpd\//)
	if ($3 == "common/mac.h")
		ok = from == to || $1 ~ /^ntpd\/(engine|server)\/main\.c$/
	if (system("test -e " $3) != 0)
		printf "%s:%d: %s: includes are written from the top\n",
		    $1, $2, $3
	else if (!ok)
		printf "%s:%d: %s may not include %s\n", $1, $2, from, $3
}' "$OUT.inc" >"$OUT"

# headers that include each other
awk '$1 ~ /\.h$/ { print $1, $3 }' "$OUT.inc" | tsort 2>&1 >/dev/null |
    sed 's/^tsort: /circle of headers: /' >>"$OUT"

# No file calls up: A is above B when A uses a name that B defines.
objects | xargs -r nm -A | sed "s,^$BUILD/obj/,," |
    awk '
{
	split($1, p, ":")
	sub(/\.o$/, ".c", p[1])
	if ($(NF - 1) == "U")
		uses[++n] = p[1] " " $NF
	else if ($(NF - 1) ~ /^[TDRBC]$/ && p[1] !~ /main\.c$/)
		where[$NF] = p[1]
}
END {
	for (i = 1; i <= n; i++) {
		split(uses[i], u, " ")
		if (u[2] in where && where[u[2]] != u[1])
			print u[1], where[u[2]], u[2]
	}
}' | sort -u >"$OUT.calls"
cut -d ' ' -f 1,2 "$OUT.calls" | sort -u | tsort 2>&1 >/dev/null |
    sed -n 's/^tsort: \(.*\.c\)$/\1/p' | sort -u >"$OUT.loop"
awk 'FNR == NR { loop[$1]; next }
($1 in loop) && ($2 in loop) {
	print "circle of calls: " $1 " uses " $3 " of " $2
}' "$OUT.loop" "$OUT.calls" >>"$OUT"
finish
