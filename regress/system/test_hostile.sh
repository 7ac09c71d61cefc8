#!/bin/sh
# A taken-over engine: it asks the parent for every extreme, breaks the
# protocol in four ways and floods.  The parent must stay, refuse, say so, and
# count.  The clock is not touched (-x); the guard is the same.
# beside: yes
# root: no
set -u

hostile=$BUILD/regress/system/hostile_engine
dir=$TMPDIR/hostile
log=$dir/log
failed=0
pid=

check()
{
	text=$1
	shift
	if "$@"; then
		echo "ok $text"
	else
		echo "not ok $text"
		failed=1
	fi
}

cleanup()
{
	[ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# number PATTERN: how many lines of the log match
number()
{
	grep -c "$1" "$log"
}

# at_least N PATTERN
at_least()
{
	[ "$(number "$2")" -ge "$1" ]
}

alive()
{
	kill -0 "$pid" 2>/dev/null
}

# The same tree with another engine.
mkdir -p "$dir/sbin" "$dir/libexec/ntpd" "$dir/run" || exit 1
cp "$BUILD/sbin/ntpd" "$dir/sbin/" || exit 1
cp "$BUILD"/libexec/ntpd/ntpd-* "$dir/libexec/ntpd/" || exit 1
cp "$hostile" "$dir/libexec/ntpd/ntpd-engine" || exit 1
chmod 755 "$TMPDIR" "$dir" "$dir/sbin" "$dir/libexec" "$dir/libexec/ntpd" \
    "$dir/run"

"$dir/sbin/ntpd" -d -x -p "$dir/run/pid" "driftfile $dir/run/drift" \
    "makestep 1 3" "port 0" "cmdport 0" "bindcmdaddress /" \
    "logdir $dir/run/log" "log tracking measurements" >"$log" 2>&1 &
pid=$!

n=0
while alive && [ $n -lt 200 ] && ! grep -q 'hostile: done' "$log"; do
	sleep 1
	n=$((n + 1))
done

check "the parent lives" alive
check "the engine came to its end" at_least 1 'hostile: done'
for act in nan deaf descriptor other; do
	check "act $act was played" at_least 1 "hostile: act $act"
done
check "bad messages are counted" at_least 1 'bad message (.*; 3 so far)'
check "an engine that does not read is ended" \
    at_least 1 'engine does not read its messages'
check "restarts are counted" at_least 1 'engine .*: restart 4 in'
for why in 'frequency out of range' 'faster than maxslewrate' \
    'slew longer than a day' 'step not allowed by makestep' \
    'step below the threshold' 'before the time floor' \
    'after the year 2116' 'too many requests'; do
	check "refused and logged: $why" at_least 1 "clock guard: .*$why"
done

# Every request one answer, and no answer beyond policy: maxslewrate, base
# frequency and the number of makestep's steps of all engines together.
grep 'hostile: asked' "$log" >"$dir/asked"
check "five engines asked" [ "$(wc -l <"$dir/asked")" -ge 5 ]
check "every request had one answer" awk '{
	gsub(",", ""); for (i = 1; i < NF; i++) v[$i] = $(i + 1)
	if (v["asked"] != v["answered"] || v["asked"] == 0) exit 1
	}' "$dir/asked"
check "no rate beyond policy" awk '{
	gsub(",", ""); for (i = 1; i < NF; i++) v[$i] = $(i + 1)
	if (v["fastest"] > 84334 || v["base"] > 1000) exit 1
	if (v["fastest"] > seen) seen = v["fastest"]
	} END { exit seen < 83000 }' "$dir/asked"
check "no step beyond makestep" awk '{
	gsub(",", ""); for (i = 1; i < NF; i++) v[$i] = $(i + 1)
	sum += v["steps"]
	} END { exit sum != 3 }' "$dir/asked"
check "no more sources than the parent remembers" awk '{
	gsub(",", ""); for (i = 1; i < NF; i++) v[$i] = $(i + 1)
	if (v["sources"] > 256) exit 1
	if (v["sources"] == 256) seen = 1
	} END { exit !seen }' "$dir/asked"
check "that is said once" [ "$(number 'is not remembered')" -eq 1 ]
check "no escape sequence in the log" \
    sh -c "! LC_ALL=C grep -q '$(printf '\033')' '$log'"

start=$(date +%s%N)
kill "$pid"
wait "$pid"
status=$?
end=$(date +%s%N)
pid=
check "SIGTERM: exit status 0" [ $status -eq 0 ]
check "SIGTERM: gone within a second (3, on a busy computer)" \
    [ $(((end - start) / 1000000)) -lt 3000 ]
check "the drift file is one of ours" grep -q '^4 1$' "$dir/run/drift"
check "the pid file is removed" [ ! -e "$dir/run/pid" ]
check "the sums are said" at_least 1 \
    '4 restarts of children, 3 bad messages, [1-9][0-9]* refusals'
if [ $failed -ne 0 ] || grep -q 'Sanitizer\|runtime error' "$log"; then
	cat "$log"
	exit 1
fi
