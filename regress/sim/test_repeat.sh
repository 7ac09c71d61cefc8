#!/bin/sh
# The same seed gives the same run, byte for byte; another seed another one.
# And a limit, an invariant that do not hold are seen.
set -u
sim=${BUILD:-build}/regress/sim/sim
dir=regress/sim/scenarios
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# one NUMBER SEED SCENARIO
one()
{
	"$sim" --seed "$2" --trace "$tmp/trace$1" "$dir/$3" >"$tmp/out$1" ||
	    exit 1
}

for s in child falseticker-late loop; do
	one 1 7 $s
	one 2 7 $s
	one 3 8 $s
	for f in out trace; do
		cmp "$tmp/${f}1" "$tmp/${f}2" || exit 1
		if cmp -s "$tmp/${f}1" "$tmp/${f}3"; then
			echo "$s: two seeds, one run ($f)"
			exit 1
		fi
	done
done
if "$sim" --check --set 'limit rms 1e-12' $dir/grid >"$tmp/out1"; then
	echo "a limit that was missed was not seen"
	exit 1
fi
grep '^FAIL rms=' "$tmp/out1" >/dev/null || exit 1
# alarm SABOTAGE WORD: the invariant rings
alarm()
{
	if "$sim" --random 1 --seed 4 --set "sabotage $1" >"$tmp/out1"; then
		echo "sabotage $1 was not seen"
		exit 1
	fi
	grep "^FAIL .*$2" "$tmp/out1" || exit 1
}
alarm 1 "slew .* over its end"
alarm 2 "unreported step"
alarm 3 "two requests"
alarm 4 "message .* to the parent"
alarm 5 "estimate wrong"
exit 0
