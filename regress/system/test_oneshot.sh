#!/bin/sh
# -q and -Q: set once, or only look; the lines that people know.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
need_peer

a=$TMPDIR/a
ns_make a b
theirs a "$a" "local stratum 1" "allow" "cmdport 0"
tracks()
{
	"$CHRONYC" -h "$a/run/chronyd.sock" tracking
}
check "the server runs" wait_for 10 tracks
# run NAME OPTION...: in the background; its output is NAME.out
run()
{
	name=$1
	shift
	{
		ip netns exec "$NS_TAG-b" setpriv --bounding-set -sys_time \
		    timeout 120 "$@" >"$TMPDIR/$name.out" 2>&1
		echo $? >"$TMPDIR/$name.status"
	} &
	runs="$runs $!"
}
runs=
run look "$NTPD" -Q 'server 10.99.0.1 iburst'
run set "$NTPD" -p "$TMPDIR/set.pid" -x -q 'server 10.99.0.1 iburst'
# as an ordinary user
run user setpriv --reuid nobody --regid nogroup --clear-groups "$NTPD" -Q \
    'server 10.99.0.1 iburst'
run nobody "$NTPD" -p "$TMPDIR/nobody.pid" -x -q 'server 10.99.0.77 iburst'
run two "$NTPD" -p "$TMPDIR/two.pid" -x -q -t 2 'server 10.99.0.77 iburst'
run bad "$NTPD" -Q 'server 10.99.0.1 minpoll 99'
# shellcheck disable=SC2086
wait $runs
# is NAME =|!= STATUS
is()
{
	test "$(cat "$TMPDIR/$1.status")" "$2" "$3"
}

check "-Q exits with 0" is look = 0
check "-Q says version and features" \
    grep -Eq '^20[0-9-]+T[0-9:]+Z ntpd version [0-9.]+ starting \(' \
    "$TMPDIR/look.out"
check "-Q says how wrong the clock is" \
    grep -Eq 'System clock wrong by -?0\.[0-9]+ seconds \(ignored\)' \
    "$TMPDIR/look.out"
check "-Q says that it ends" grep -q 'ntpd exiting$' "$TMPDIR/look.out"
check "-q exits with 0" is set = 0
check "-x -q says that nothing was done" \
    grep -Eq 'System clock wrong by -?0\.[0-9]+ seconds \(ignored\)' \
    "$TMPDIR/set.out"
check "-Q works without root" is user = 0
check "no answer: -q fails" is nobody != 0
check "and does not take forever" is nobody != 124
check "and says why" grep -q 'No suitable source' "$TMPDIR/nobody.out"
check "-t 2 -q fails" is two != 0
check "and says why" grep -q 'no time within 2 s' "$TMPDIR/two.out"
check "a bad line is refused" is bad != 0
check "and says what is allowed" grep -q '24' "$TMPDIR/bad.out"
[ $FAILED = 0 ] || tail -n 20 "$TMPDIR"/*.out
finish
