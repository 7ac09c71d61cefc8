#!/bin/sh
# When it is better to end than to go on:
#	hung		a child that does not get ready is ended, counted and
#			started again, and the others go on meanwhile
#	maxchange	offsets beyond the limit are ignored as often as the
#			configuration says; then the daemon ends with an error,
#			and the clock was not moved
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/regress/uml/lib.sh"

need_kernel
need_program regress/uml/truth
need_program regress/system/hung_child
need_program sbin/ntpd
tmp=$(mktemp -d "${TMPDIR:-/tmp}/uml-limits.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT

cat >"$tmp/hung.in" <<'EOF'
duration 1000
from 600
path delay=0.010 jitter=0.0001 dist=exponential
source : iburst minpoll 4 maxpoll 4
EOF
cat >"$tmp/hung.job" <<'EOF'
dir=$BUILD/libexec/ntpd
log=/run/out/daemon.log
cp /run/out/scenario.in /run/scenario
truth_start /run/scenario || exit 1
daemon_conf ours /run/scenario
daemon_start ours
sleep 100
cp "$dir/ntpd-dns" /run/good
cp "$BUILD/regress/system/hung_child" "$dir/new" &&
    mv "$dir/new" "$dir/ntpd-dns"
kill -KILL "$(child_pid dns)"
sleep 25
[ -n "$(child_pid dns)" ] && ! grep -q 'does not get ready' $log
ok "a silent child has its time" $?
sleep 10
grep -q 'dns does not get ready' $log
ok "and is ended after 30 s" $?
sleep 40
[ "$(grep -c 'dns does not get ready' $log)" = 2 ]
ok "again and again" $?
cp /run/good "$dir/new" && mv "$dir/new" "$dir/ntpd-dns"
sleep 120
[ "$(grep -c 'dns does not get ready' $log)" -le 3 ] &&
    [ -n "$(child_pid dns)" ]
ok "until a good one is there" $?
kill -0 $daemon_pid
ok "the daemon lives" $?
truth_end
kill -TERM $daemon_pid
until_true 2 nobody_left
ok "it ends when it is told" $?
EOF

cat >"$tmp/maxchange.in" <<'EOF'
duration 3000
from 1000
at 2000 lie 1 0.5
path delay=0.010 jitter=0.0001 dist=exponential
source : iburst minpoll 4 maxpoll 4
conf maxchange 0.1 3 2
EOF
cat >"$tmp/maxchange.job" <<'EOF'
log=/run/out/daemon.log
cp /run/out/scenario.in /run/scenario
truth_start /run/scenario -t || exit 1
daemon_conf ours /run/scenario
daemon_start ours
sleep 1980
kill -0 $daemon_pid
ok "it runs while all is well" $?
wait $daemon_pid
[ $? = 1 ]
ok "it ends, with an error" $?
[ "$(grep -c 'exceeds the allowed maximum of 0.100 seconds (ignored)' \
    $log)" = 2 ]
ok "after two that were ignored" $?
grep -q '(exiting)' $log
ok "and says so" $?
until_true 2 nobody_left
ok "all processes are gone" $?
truth_end
EOF

failed=0
for case in hung maxchange; do
	out=$tmp/$case
	mkdir "$out"
	cp "$tmp/$case.in" "$out/scenario.in"
	"$TOP/regress/uml/vm" "$tmp/$case.job" "$out"
	status=$?
	[ $status != 77 ] || exit 77
	[ $status = 0 ] && [ -s "$out/tests" ] || failed=1
	sed "s/ok /&$case: /" "$out/tests"
	grep -q '^not ok' "$out/tests" && failed=1
	if [ $case = maxchange ] && ! awk '
	    $2 > 1000 && ($3 > 0.01 || $3 < -0.01) { exit 1 }' \
	    "$out/trace"; then
		echo "not ok maxchange: the clock was moved"
		failed=1
	fi
	if [ $failed != 0 ]; then
		echo "$case: the daemon's log, console:"
		head -n 60 "$out/daemon.log"
		cat "$out/console"
	fi
done
exit $failed
