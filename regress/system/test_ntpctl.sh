#!/bin/sh
# ntpctl against our daemon and against chronyd: it prints what chronyc prints,
# byte for byte where nothing is measured; status, wait, check, watch, the
# interactive mode; JSON and metrics can be read; one answer takes no time.
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
need_peer
command -v python3 >/dev/null || skip "no python3"

a=$TMPDIR/a
b=$TMPDIR/b
c=$TMPDIR/c
ns_make a b c

theirs a "$a" "local stratum 1" "allow" "cmdport 0"
set -- "server 10.99.0.1 iburst minpoll 0 maxpoll 0" \
    "server 192.0.2.1 offline" "manual" "cmdport 0"
ours b "$b" "$@"
theirs c "$c" "$@"

synced()
{
	ctl "$1" -n -c tracking 2>/dev/null |
	    grep -q '^0A630001,10.99.0.1,2,'
}
check "ours is synchronised" wait_for 20 synced "$b"
check "chronyd is synchronised" wait_for 20 synced "$c"

mask()
{
	sed -e 's/[0-9]/9/g' -e 's/[-+]9/9/g' -e 's/  *9/ 9/g' \
	    -e 's/9[num]s/9s/g' -e 's/99*/9/g' -e 's/[M*+]/*/g' \
	    -e 's/ slow / fast /' "$1" >"$1.masked"
}

# same WHERE DIR ARG...: ntpctl and chronyc print the same, in both streams, and
# end the same, unless something has changed between them
same_once()
{
	ns b "$CHRONYC" -n -h "$_sock" "$@" >"$TMPDIR/theirs" \
	    2>"$TMPDIR/theirs.err" </dev/null
	_status=$?
	ns b "$NTPCTL" -n -h "$_sock" "$@" >"$TMPDIR/ours" \
	    2>"$TMPDIR/ours.err" </dev/null
	_ours=$?
	mask "$TMPDIR/theirs"
	mask "$TMPDIR/ours"
	[ $_status = $_ours ] &&
	    cmp -s "$TMPDIR/theirs.err" "$TMPDIR/ours.err" &&
	    cmp -s "$TMPDIR/theirs.masked" "$TMPDIR/ours.masked"
}
same()
{
	_where=$1
	_sock=$2/run/chronyd.sock
	shift 2
	if wait_for 1 same_once "$@"; then
		ok "$* ($_where)"
	else
		not_ok "$* ($_where): $_status, ours $_ours"
		diff "$TMPDIR/theirs" "$TMPDIR/ours"
		diff "$TMPDIR/theirs.err" "$TMPDIR/ours.err"
	fi
}

for d in ours:$b chronyd:$c; do
	where=${d%%:*}
	dir=${d#*:}
	while read -r line; do
		# shellcheck disable=SC2086
		same "$where" "$dir" $line
		# shellcheck disable=SC2086
		same "$where" "$dir" -c $line
	done <<-EOT
	tracking
	tracking -n
	sources
	sources -n
	sources -a
	sourcestats -a
	activity
	authdata
	rtcdata
	smoothing
	waitsync 1
	sourcename 10.99.0.1
	sourcename 10.99.0.9
	manual list
	accheck 10.99.0.1
	cmdaccheck 10.99.0.1
	accheck nobody.invalid
	online 10.99.0.9
	online nobody.invalid
	offline 10.99.0.0/abc
	delete nobody.invalid
	minpoll nobody.invalid 3
	maxdelay nobody.invalid 3
	minpoll 10.99.0.1 x
	burst 1/1 nobody.invalid
	offline 192.0.2.0/24
	burst 1/1 10.99.0.9
	burst 1
	minpoll 10.99.0.9 3
	minpoll 10.99.0.1
	delete 10.99.0.9
	delete
	add server 10.99.0.1
	add foo
	manual delete 9
	manual foo
	settime foo
	makestep 1 3
	makestep 1
	maxupdateskew 1000
	reselect
	reselectdist 0.001
	allow 10.98.0.0/16
	deny all 10.97.0.0/16
	allow foo.invalid
	smoothtime reset
	smoothtime
	reset
	dns -x
	timeout 50
	retries 40
	password
	writertc
	trimrtc
	rekey
	cyclelogs
	refresh
	foo
	EOT
done
# what 4.3 does not print yet comes after it
same chronyd "$c" serverstats
same chronyd "$c" ntpdata
same chronyd "$c" -c ntpdata 10.99.0.1
same chronyd "$c" selectdata

one_command()
{
	"$NTPCTL" -n -h "$1/run/chronyd.sock" "$2" >"$TMPDIR/out" 2>&1 &&
	    grep -q "$3" "$TMPDIR/out"
}

for dir in "$b" "$c"; do
	check "status says right" one_command "$dir" status \
	    '^Clock  *Right, to '
	check "status names the source" one_command "$dir" status \
	    '^Source  *10.99.0.1'
	check "check is OK" out ctl "$dir" check -w 5 -c 10
	check "its performance data" grep -q \
	    '^NTP OK: Right.* | error=[0-9.]*s;5;10;0 ' "$TMPDIR/out"
	out ctl "$dir" check -w 1ns -c 2ns
	check "check is critical" [ $? = 2 ]
	check "wait ends at once" out ctl "$dir" wait --error 5s --timeout 20s
	check_not "wait ends without success" out ctl "$dir" wait \
	    --error 1ns --timeout 1s
	for cmd in status tracking sources sourcestats selectdata ntpdata \
	    activity serverstats authdata "manual list" online; do
		# shellcheck disable=SC2086
		ctl "$dir" -n -j $cmd 2>&1 | python3 -c \
		    'import json, sys; json.load(sys.stdin)'
		check "JSON of $cmd" [ $? = 0 ]
	done
done

# every sample belongs to the family above it, and no family comes twice
ctl "$b" -n -m -o metrics status tracking sources sourcestats serverstats \
    activity >"$TMPDIR/metrics"
check "metrics are well formed" awk '
/^# TYPE / {
	if (($3 in seen) || ($4 != "gauge" && $4 != "counter"))
		bad = 1
	seen[$3]
	family = $3 ($4 == "counter" ? "_total" : "")
	next
}
/^# EOF$/ { eof = NR; next }
{
	name = $1
	sub(/{.*/, "", name)
	if (name != family || $NF !~ /^-?[0-9.]+(e[-+][0-9]+)?$/) {
		print
		bad = 1
	}
}
END { exit bad || eof != NR || NR < 50 }' "$TMPDIR/metrics"

# on a terminal
terminal()
{
	python3 "$TOP/regress/system/terminal.py" "$@" >"$TMPDIR/screen" 2>&1
}
check "interactive mode ends well" terminal "$NTPCTL" -n -h \
    "$b/run/chronyd.sock" -- 'trac\t\n' 'sourcename 10\t\n' 'quit\n'
check "completes a command" grep -q '^Stratum  *: 2' "$TMPDIR/screen"
check "completes a source" grep -q '^10.99.0.1' "$TMPDIR/screen"
check "has a prompt" grep -q 'ntpctl> ' "$TMPDIR/screen"
ln -s "$NTPCTL" "$TMPDIR/chronyc"
check "as chronyc" terminal "$TMPDIR/chronyc" -h "$b/run/chronyd.sock" \
    -- 'quit\n'
check "its prompt" grep -q 'chronyc> ' "$TMPDIR/screen"
check "watch ends by q" terminal "$NTPCTL" -n -h "$b/run/chronyd.sock" \
    watch 200ms -- ' ' q
check "watch shows the clock" grep -q 'Clock  *Right' "$TMPDIR/screen"
check "watch gives the screen back" grep -q '1049l' "$TMPDIR/screen"
"$NTPCTL" -h "$TMPDIR/none.sock" check >"$TMPDIR/out" 2>&1
check "check without a daemon cannot tell" [ $? = 3 ]
check "and says why" grep -q '^NTP UNKNOWN: ' "$TMPDIR/out"
check_not "watch needs a terminal" out ctl "$b" watch

# The fastest of 50, in turn with chronyc: on a slow computer both are slow.
cat >"$TMPDIR/fast.py" <<'PY'
import subprocess, sys, time
best = {}
for i in range(50):
    for program in sys.argv[2:]:
        begin = time.monotonic()
        subprocess.run([program, "-n", "-h", sys.argv[1], "tracking"],
                       stdout=subprocess.DEVNULL, check=True)
        took = time.monotonic() - begin
        best[program] = min(best.get(program, took), took)
ours, theirs = [best[program] * 1000 for program in sys.argv[2:]]
print("# tracking: %.2f ms, chronyc %.2f ms" % (ours, theirs))
sys.exit(ours > 5 and ours > 2 * theirs)
PY
check "tracking takes less than 5 ms, or twice what chronyc takes" \
    python3 "$TMPDIR/fast.py" "$b/run/chronyd.sock" "$NTPCTL" "$CHRONYC"

# the reason why not
ns a ip link set eth0 down
silent()
{
	ctl "$1" -n status | grep -q 'no reply since .* requests* unanswered'
}
check "status says since when nobody answers" wait_for 30 silent "$b"
finish
