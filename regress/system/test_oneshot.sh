#!/bin/sh
# -q and -Q: set once, or only look; the lines that people know.
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
need_peer

a=$TMPDIR/a
ns_make a b
theirs a "$a" "local stratum 1" "allow" "cmdport 0"
sleep 1
run()
{
	ip netns exec "$NS_TAG-b" setpriv --bounding-set -sys_time \
	    timeout 40 "$NTPD" "$@"
}
run -Q 'server 10.99.0.1 iburst' >"$TMPDIR/out" 2>&1
check "-Q exits with 0" [ $? = 0 ]
check "-Q says version and features" \
    grep -Eq '^20[0-9-]+T[0-9:]+Z ntpd version [0-9.]+ starting \(' \
    "$TMPDIR/out"
check "-Q says how wrong the clock is" \
    grep -Eq 'System clock wrong by -?0\.[0-9]+ seconds \(ignored\)' \
    "$TMPDIR/out"
check "-Q says that it ends" grep -q 'ntpd exiting$' "$TMPDIR/out"
run -x -q 'server 10.99.0.1 iburst' >"$TMPDIR/out" 2>&1
check "-q exits with 0" [ $? = 0 ]
check "-x -q says that nothing was done" \
    grep -Eq 'System clock wrong by -?0\.[0-9]+ seconds \(ignored\)' \
    "$TMPDIR/out"
# as an ordinary user
if id nobody >/dev/null 2>&1; then
	ip netns exec "$NS_TAG-b" setpriv --reuid nobody --regid nogroup \
	    --clear-groups timeout 40 "$NTPD" -Q \
	    'server 10.99.0.1 iburst' >"$TMPDIR/out" 2>&1
	check "-Q works without root" [ $? = 0 ]
fi
t0=$(date +%s)
run -x -q 'server 10.99.0.77 iburst' >"$TMPDIR/out" 2>&1
check_not "no answer: -q fails" [ $? = 0 ]
check "and does not take forever" [ $(($(date +%s) - t0)) -lt 30 ]
run -x -q -t 2 'server 10.99.0.77 iburst' >"$TMPDIR/out" 2>&1
check_not "-t 2 -q fails" [ $? = 0 ]
run -Q 'server 10.99.0.1 minpoll 99' >"$TMPDIR/out" 2>&1
check_not "a bad line is refused" [ $? = 0 ]
check "and says what is allowed" grep -q '24' "$TMPDIR/out"
finish
