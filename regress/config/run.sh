#!/bin/sh
# Golden tests of the configuration: `ntpd -n -v -f X.conf' for every X here.
#
#	X.ok	must be accepted and print exactly this, which must be accepted
#		again and print the same
#	X.warn	and these warnings, in this order (no file: none)
#	X.err	must be refused with exactly these messages, in this order
#
# A message is `FILE:LINE:COLUMN: text', or, when it belongs to no line, text
# alone; what stands before it on its line does not matter.  The configuration
# that is installed must be accepted too.
set -u

cd "$(dirname "$0")" || exit 1
top=$(cd ../.. && pwd)
build=${BUILD:-build}
case $build in
/*) ;;
*) build=$top/$build ;;
esac
NTPD=${NTPD:-$build/sbin/ntpd}
case $NTPD in
/*) ;;
*) NTPD=$top/$NTPD ;;
esac
if [ ! -x "$NTPD" ]; then
	echo "not ok: no $NTPD"
	exit 1
fi
tmp=$(mktemp -d "${TMPDIR:-/tmp}/config.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
failed=0

# The messages that name a line, from the name of the file on.
messages()
{
	grep -o '[A-Za-z0-9_]*\.\(conf\|inc\|sources\):[0-9]*:[0-9]*: .*' |
	    sed 's/^\([^ ]*\) warning: /\1 /'
}

# same EXPECTED GOT WHAT
same()
{
	diff -u "$1" "$2" >"$tmp/diff" && return 0
	echo "not ok $name: $3"
	sed 's/^/    /' "$tmp/diff"
	return 1
}

# told FILE: stderr has the messages of FILE and names no other line
told()
{
	grep '\.\(conf\|inc\|sources\):' "$1" >"$tmp/want"
	messages <"$tmp/stderr" >"$tmp/got"
	same "$tmp/want" "$tmp/got" "messages" || return 1
	grep -v '\.\(conf\|inc\|sources\):' "$1" >"$tmp/want"
	while read -r line; do
		grep -qF -- "$line" "$tmp/stderr" && continue
		echo "not ok $name: not said: $line"
		return 1
	done <"$tmp/want"
}

# ntpd FILE: sets status, $tmp/stdout and $tmp/stderr
ntpd()
{
	"$NTPD" -n -v -f "$1" >"$tmp/stdout" 2>"$tmp/stderr"
	status=$?
	grep -q 'Sanitizer\|runtime error' "$tmp/stderr" || return 0
	cat "$tmp/stderr"
	status=99
}

accepted()
{
	ntpd "$1"
	if [ $status -ne 0 ]; then
		echo "not ok $name: refused with $status"
		sed 's/^/    /' "$tmp/stderr"
		return 1
	fi
	warn=/dev/null
	[ -f "$name.warn" ] && warn=$name.warn
	told "$warn" || return 1
	same "$2" "$tmp/stdout" "canonical text" || return 1
	cp "$tmp/stdout" "$tmp/again"
	ntpd "$tmp/again"
	if [ $status -ne 0 ]; then
		echo "not ok $name: refused what it has printed"
		return 1
	fi
	same "$2" "$tmp/stdout" "canonical text, read again"
}

refused()
{
	ntpd "$1"
	if [ $status -eq 0 ] || [ $status -ge 99 ]; then
		echo "not ok $name: exit status $status"
		return 1
	fi
	if [ -s "$tmp/stdout" ]; then
		echo "not ok $name: refused, but printed"
		return 1
	fi
	told "$2"
}

for conf in *.conf; do
	name=${conf%.conf}
	if [ -f "$name.ok" ]; then
		accepted "$conf" "$name.ok"
	elif [ -f "$name.err" ]; then
		refused "$conf" "$name.err"
	else
		echo "not ok $name: neither $name.ok nor $name.err"
		false
	fi && echo "ok $name" || failed=$((failed + 1))
done

# a file that is not there
name=missing
ntpd "$tmp/no such file"
if [ $status -ne 0 ] && grep -q 'no such file.*No such file' \
    "$tmp/stderr"; then
	echo "ok $name"
else
	echo "not ok $name: exit status $status"
	failed=$((failed + 1))
fi

# what is installed: accepted without a word, also with its examples on
name=installed
sed 's/^#\([a-z]\)/\1/' "$top/etc/ntpd.conf" >"$tmp/examples.conf"
for conf in "$top/etc/ntpd.conf" "$tmp/examples.conf"; do
	ntpd "$conf"
	if [ $status -ne 0 ] || messages <"$tmp/stderr" | grep .; then
		echo "not ok $name: $conf"
		cat "$tmp/stderr"
		failed=$((failed + 1))
	else
		echo "ok $name"
	fi
done

[ $failed -eq 0 ]
