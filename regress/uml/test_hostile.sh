#!/bin/sh
# An engine that was taken over asks of the clock whatever the messages allow.
# The clock stays inside the parent's policy, refusals are logged.
#	nostep		from the start, without makestep
#	makestep	from the start, with makestep 1 3
#	takeover	in place of an honest one, when the clock is right
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/regress/uml/lib.sh"

need_kernel
need_program regress/uml/truth
need_program regress/system/hostile_engine
need_program sbin/ntpd
tmp=${KEEP:-$(mktemp -d "${TMPDIR:-/tmp}/uml-hostile.XXXXXX")} || exit 1
[ -n "${KEEP:-}" ] || trap 'rm -rf "$tmp"' EXIT

mkdir -p "$tmp" || exit 1
cat >"$tmp/scenario" <<'EOF'
duration 1800
from 0
offset 0.3
freq 80
path delay=0.010 jitter=0.0005 dist=normal
source : iburst minpoll 4 maxpoll 4
conf rtcsync
EOF

cat >"$tmp/begin" <<'EOF'
cp /run/out/scenario.in /run/scenario
truth_start /run/scenario -t || exit 1
daemon_conf ours /run/scenario
take_over()
{
	dir=$BUILD/libexec/ntpd
	cp "$BUILD/regress/system/hostile_engine" "$dir/new" &&
	    mv "$dir/new" "$dir/ntpd-engine"
}
EOF
cat >"$tmp/nostep" <<'EOF'
take_over
daemon_start ours
mark hostile
EOF
cp "$tmp/nostep" "$tmp/makestep"
cat >"$tmp/takeover" <<'EOF'
daemon_start ours
sleep 1500
take_over
mark hostile
kill -KILL "$(child_pid engine)"
EOF
cat >"$tmp/end" <<'EOF'
wait $truth_pid
kill -0 $daemon_pid
ok "the parent lives" $?
# the daemon's last words are its counters
kill -TERM $daemon_pid
until_true 2 nobody_left
ok "the daemon ends when it is told" $?
EOF

# figure CASE EXPRESSION: of awk; over the samples after the mark `hostile':
# the number of steps, the largest rate and error, and how far the clock moved
# in the first hour
figure()
{
	awk '
	FILENAME ~ /marks$/ { since = $2; next }
	$1 < since { next }
	!n++ { first = $3 }
	function abs(x) { return x < 0 ? -x : x }
	{
		if ($5 > 1e-6 || $5 < -1e-6)
			steps++
		if (abs($4) > rate)
			rate = abs($4)
		if (abs($3) > error)
			error = abs($3)
		if ($1 < since + 3600 && abs($3 - first) > hour)
			hour = abs($3 - first)
	}
	END {
		if (n < 1700)
			print "too few samples"
		else
			print '"$2"'
	}' "$tmp/$1.out/marks" "$tmp/$1.out/trace"
}

# verdict CASE TEXT VALUE LIMIT: at most
verdict()
{
	if awk -v v="$3" -v l="$4" 'BEGIN { exit !(v + 0 == v && v <= l) }'
	then
		echo "ok $1: $2 ($3 <= $4)"
	else
		echo "not ok $1: $2 ($3, limit $4)"
		failed=1
	fi
}

failed=0
for case in nostep makestep takeover; do
	out=$tmp/$case.out
	mkdir -p "$out"
	cp "$tmp/scenario" "$out/scenario.in"
	[ $case = nostep ] || echo "conf makestep 1 3" >>"$out/scenario.in"
	[ $case != takeover ] || echo "duration 5400" >>"$out/scenario.in"
	cat "$tmp/begin" "$tmp/$case" "$tmp/end" >"$tmp/job"
	"$TOP/regress/uml/vm" "$tmp/job" "$out"
	status=$?
	[ $status != 77 ] || exit 77
	if [ $status != 0 ]; then
		echo "not ok $case: the guest"
		failed=1
		continue
	fi
	[ -s "$out/tests" ] || failed=1
	sed "s/ok /&$case: /" "$out/tests"
	grep -q '^not ok' "$out/tests" && failed=1
	# maxslewrate, and the largest base frequency
	verdict $case "ppm of rate" "$(figure $case 'rate + 0')" 84343
	case $case in
	nostep)
		verdict $case "steps" "$(figure $case 'steps + 0')" 0 ;;
	makestep)
		verdict $case "steps" "$(figure $case 'steps + 0')" 3 ;;
	takeover)
		verdict $case "steps" "$(figure $case 'steps + 0')" 0
		verdict $case "seconds moved in an hour" \
		    "$(figure $case 'hour + 0')" 8.6 ;;
	esac
	n=$(grep -c 'clock guard: .* refused' "$out/daemon.log")
	verdict $case "refusals are logged" "$((n > 0 ? -n : 1))" -1
	if [ $failed != 0 ]; then
		echo "$case: the daemon's log, console:"
		head -n 100 "$out/daemon.log"
		cat "$out/console"
	fi
done
exit $failed
