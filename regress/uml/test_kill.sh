#!/bin/sh
# A clock that is 100 s off is slewed as fast as it may be, and then a process
# is killed in the middle of that.  While the network is away, so that nobody
# can measure and go on, the clock does not stay at the slew rate:
#	engine		the parent ends the slew at once
#	restore		the parent was killed: ntpd --restore ends it, as
#			ExecStopPost= of the service manager does
#	restart		the parent was killed: its next start ends it
# In each case the clock is right in the end.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/regress/uml/lib.sh"

need_kernel
need_program regress/uml/truth
need_program sbin/ntpd
tmp=$(mktemp -d "${TMPDIR:-/tmp}/uml-kill.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT

cat >"$tmp/scenario" <<'EOF'
duration 2400
from 2200
offset -100
freq 80
path delay=0.010 jitter=0.0005 dist=normal outage_at=60 outage_len=240
source : iburst minpoll 4 maxpoll 4
conf rtcsync
EOF

# What all have: slewing at its height, nobody to be reached any more.
cat >"$tmp/common" <<'EOF'
cp /run/out/scenario.in /run/scenario
truth_start /run/scenario -t || exit 1
daemon_conf ours /run/scenario
daemon_start ours
sleep 80
mark before
EOF

cat >"$tmp/engine" <<'EOF'
pid=$(child_pid engine)
kill -KILL "$pid"
mark killed
sleep 60
mark later
new=$(child_pid engine)
[ -n "$new" ] && [ "$new" != "$pid" ]
ok "engine: there is a new one" $?
EOF

cat >"$tmp/restore" <<'EOF'
kill -KILL $daemon_pid
until_true 1 nobody_left
ok "restore: the children end with their parent" $?
sleep 5
mark orphaned
"$BUILD/sbin/ntpd" --restore >>/run/out/daemon.log 2>&1
ok "restore: ntpd --restore" $?
mark killed
sleep 30
mark later
daemon_start ours
EOF

cat >"$tmp/restart" <<'EOF'
kill -KILL $daemon_pid
until_true 1 nobody_left
ok "restart: the children end with their parent" $?
sleep 5
mark orphaned
daemon_start ours
mark killed
sleep 30
mark later
EOF

# rates CASE FROM TO: least and largest |rate| in ppm between two marks, from
# three seconds after the first one on (a sample shows the second before it)
rates()
{
	awk -v from="$2" -v to="$3" '
	FILENAME ~ /marks$/ { mark[$1] = $2; next }
	$1 > mark[from] + 3 && $1 < mark[to] {
		r = $4 < 0 ? -$4 : $4
		if (!n++ || r < min)
			min = r
		if (r > max)
			max = r
	}
	END {
		if (n < 2)
			print "no samples from", from, "to", to
		else
			print int(min), int(max)
	}' "$tmp/$1.out/marks" "$tmp/$1.out/trace"
}

# verdict NAME STATUS [DETAIL]
verdict()
{
	if [ "$2" = 0 ]; then
		echo "ok $1 ${3:-}"
	else
		echo "not ok $1 ${3:-}"
		failed=1
	fi
}

failed=0
for case in engine restore restart; do
	out=$tmp/$case.out
	mkdir "$out"
	cp "$tmp/scenario" "$out/scenario.in"
	{ cat "$tmp/common" "$tmp/$case" && echo 'wait $truth_pid'; } \
	    >"$tmp/job"
	"$TOP/regress/uml/vm" "$tmp/job" "$out"
	status=$?
	[ $status != 77 ] || exit 77
	if [ $status != 0 ]; then
		verdict "$case: the guest" 1
		cat "$out/daemon.log" "$out/truth.err"
		continue
	fi
	[ -s "$out/tests" ] || failed=1
	cat "$out/tests"
	grep -q '^not ok' "$out/tests" && failed=1

	r=$(rates $case start before)
	[ "${r#* }" -gt 80000 ] 2>/dev/null
	verdict "$case: it was slewing at full rate" $? "(ppm: $r)"
	if [ $case != engine ]; then
		r=$(rates $case before orphaned)
		[ "${r% *}" -gt 80000 ] 2>/dev/null
		verdict "$case: nobody ended that" $? "(ppm: $r)"
	fi
	r=$(rates $case killed later)
	[ "${r#* }" -lt 600 ] 2>/dev/null
	verdict "$case: the clock left the slew rate" $? "(ppm: $r)"
	max=$(value max "$out/result")
	awk -v m="$max" 'BEGIN { exit !(m < 1e-3) }'
	verdict "$case: and is right in the end" $? "(error: $max s)"
	if [ $failed != 0 ]; then
		echo "$case: the daemon's log, figures:"
		head -n 200 "$out/daemon.log"
		cat "$out/result"
	fi
done
exit $failed
