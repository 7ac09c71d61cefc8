#!/bin/sh
# Ours and Debian's chronyd, as server and as client of each other, ntpdig and
# the two control programs crosswise.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
need_peer

a=$TMPDIR/a
b=$TMPDIR/b
c=$TMPDIR/c
ns_make a b c d

# a: chronyd as server; b: our client of it and a server itself; c: chronyd as
# our client; d: nobody that we serve
theirs a "$a" "local stratum 1" "allow" "cmdport 0"
ours b "$b" "server 10.99.0.1 iburst minpoll 0 maxpoll 2" \
    "allow 10.99.0.3" "allow fd99::3" "cmdallow 10.99.0.3" \
    "bindcmdaddress 10.99.0.2" "log measurements statistics tracking" \
    "logdir $b/logs" "driftfile $b/drift"
OURS=$PID
theirs c "$c" "server 10.99.0.2 iburst minpoll 0" "cmdport 0"

ours_synced()
{
	ctl "$b" -c sources | grep -q '^^,\*,10.99.0.1,1,'
}
check "our client follows chronyd" wait_for 20 ours_synced
ours_stratum()
{
	ctl "$b" -c tracking | grep -q '^0A630001,10.99.0.1,2,'
}
check "tracking shows the reference and stratum 2" wait_for 5 ours_stratum
theirs_synced()
{
	"$CHRONYC" -h "$c/run/chronyd.sock" -c sources |
	    grep -q '^^,\*,10.99.0.2,2,'
}
check "chronyd follows our server" wait_for 20 theirs_synced

# chronyc over the Unix socket and over UDP
for cmd in tracking sources activity "sources -v" sourcestats; do
	# shellcheck disable=SC2086
	check "chronyc $cmd by Unix socket" out \
	    "$CHRONYC" -n -h "$b/run/chronyd.sock" $cmd
done
check "chronyc tracking by UDP" out \
    ns c "$CHRONYC" -n -h 10.99.0.2 tracking
cp "$TMPDIR/out" "$TMPDIR/tracking"
check "chronyc tracking has 13 lines" \
    [ "$(wc -l <"$TMPDIR/tracking")" = 13 ]
check "chronyc sources by UDP" out ns c "$CHRONYC" -n -h 10.99.0.2 sources
check_not "UDP from elsewhere gets nothing" out \
    ns d "$CHRONYC" -n -h 10.99.0.2 tracking
# -x: no clock to step, as chronyd says in that state
"$CHRONYC" -h "$b/run/chronyd.sock" makestep >"$TMPDIR/out" 2>&1
check "chronyc makestep is answered" grep -q '^500 Failure' "$TMPDIR/out"
ns c "$CHRONYC" -h 10.99.0.2 makestep >"$TMPDIR/out" 2>&1
check "makestep by UDP is refused" grep -q '^501 Not authorised' \
    "$TMPDIR/out"

# figure-free text of a report: the words, the columns, the marks
plain()
{
	sed 's/[0-9+.-]* *[num]*s\([] ]\|$\)/T\1/g; s/[0-9][0-9]*/N/g;
	    s/-N/N/g; s/+N/N/g; s/  */ /g; s/fast/F/; s/slow/F/'
}
commas()
{
	tr -cd ',\n'
}
# same FILTER ARG...: the same question to the same daemon by both programs: the
# same text, unless it has changed between them
same()
{
	filter=$1
	shift
	"$CHRONYC" -n -h "$d/run/chronyd.sock" "$@" | $filter \
	    >"$TMPDIR/theirs"
	"$NTPCTL" -n -h "$d/run/chronyd.sock" "$@" | $filter >"$TMPDIR/ours"
	cmp "$TMPDIR/theirs" "$TMPDIR/ours"
}
for d in "$b" "$c"; do
	for cmd in tracking sources "sources -a" sourcestats activity \
	    "-c activity"; do
		# shellcheck disable=SC2086
		check "ntpctl $cmd prints what chronyc prints ($d)" \
		    wait_for 3 same plain $cmd
	done
	for cmd in tracking sources sourcestats; do
		check "ntpctl -c $cmd has chronyc's fields ($d)" \
		    wait_for 3 same commas -c $cmd
	done
done

check "ntpctl -s all against ours" out ctl "$b" -s all
cp "$TMPDIR/out" "$TMPDIR/all"
check "-s status in OpenNTPD's words" grep -q \
    '^1/1 peers valid, .*clock synced, stratum 2' "$TMPDIR/all"
check "-s peers marks the selected one" grep -q '^ \* ' "$TMPDIR/all"

# ntpdig: who is allowed is answered, who is not is not
DIG="python3 $PEER/usr/bin/ntpdig"
PYTHONPATH=$PEER/usr/lib/python3/dist-packages
LD_LIBRARY_PATH=$(dirname "$(find "$PEER" -name libntpc.so.1 | head -1)")
export PYTHONPATH LD_LIBRARY_PATH
if [ -r "$PEER/usr/bin/ntpdig" ] && $DIG --version >/dev/null 2>&1; then
	check "ntpdig, allowed" out ns c $DIG -t 10 10.99.0.2
	check "ntpdig, allowed, IPv6" out ns c $DIG -t 10 fd99::2
	ns d $DIG -t 1 10.99.0.2 >"$TMPDIR/out" 2>&1
	check_not "ntpdig, not allowed" grep -q 'no-leap' "$TMPDIR/out"
else
	echo "skip ntpdig: not runnable here"
fi
unset LD_LIBRARY_PATH

# logs in chrony's columns
logs_written()
{
	[ -s "$b/logs/measurements.log" ] && [ -s "$b/logs/tracking.log" ] &&
	    [ -s "$b/logs/statistics.log" ]
}
check "logs are written" wait_for 5 logs_written
check "measurements.log has 20 columns" awk \
    '!/=====|Date/ { if (NF != 20) exit 1; n++ } END { exit n < 1 }' \
    "$b/logs/measurements.log"
check "tracking.log has 14 columns" awk \
    '!/=====|Date/ { if (NF != 14) exit 1; n++ } END { exit n < 1 }' \
    "$b/logs/tracking.log"
check "statistics.log has 13 columns" awk \
    '!/=====|Date/ { if (NF != 13) exit 1; n++ } END { exit n < 1 }' \
    "$b/logs/statistics.log"

# a clean end within a second, the drift saved
t0=$(date +%s%N)
kill -TERM "$(cat "$b/pid")"
wait "$OURS"
check "exit status 0 on SIGTERM" [ $? = 0 ]
t1=$(date +%s%N)
check "ended within a second (3, on a busy computer)" \
    [ $(((t1 - t0) / 1000000)) -lt 3000 ]
check "drift file written" grep -Eq '^ *-?[0-9.]+ +[0-9.]+$' "$b/drift"
check "pidfile removed" [ ! -e "$b/pid" ]
finish
