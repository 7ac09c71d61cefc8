#!/bin/sh
# The clock is set while requests come in: no answer ever has its two
# timestamps from two sides of a step, whoever made it, forwards or backwards,
# in basic and in interleaved mode, with two server processes; and a server
# that knows true time tells that, whatever becomes of the clock.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/regress/uml/lib.sh"

need_kernel
need_program regress/uml/truth
need_program regress/uml/steps
need_program sbin/ntpd
need_program bin/ntpctl
tmp=${KEEP:-$(mktemp -d "${TMPDIR:-/tmp}/uml-steps.XXXXXX")} || exit 1
[ -n "${KEEP:-}" ] || trap 'rm -rf "$tmp"' EXIT

mkdir -p "$tmp/out"
cat >"$tmp/out/scenario.in" <<'END'
duration 90000
from 60
path delay=0.0002 jitter=1e-6 dist=normal
source
END

cat >"$tmp/job" <<'END'
# load NAME ARG ...: what the load program says, in a file
load()
{
	name=$1
	shift
	"$BUILD/regress/uml/steps" "$@" >/run/steps 2>&1
	status=$?
	echo "# $name: $(cat /run/steps)" >>/run/out/tests
	[ $status = 0 ]
	ok "$name" $?
}

start()
{
	"$BUILD/sbin/ntpd" -d -f /run/conf >>/run/out/daemon.log 2>&1 &
	pid=$!
}

end()
{
	kill -TERM $pid
	wait $pid
}

cp /run/out/scenario.in /run/scenario
truth_start /run/scenario || exit 1

# No source: what the clock says is what is served.
printf '%s\n' "local stratum 5" allow "serverprocs 2" >/run/conf
start
load "the served clock is stepped" 127.0.0.1 60
load "with both sides in one queue" -f 127.0.0.1 60
load "the served clock is set by date" 127.0.0.1 20 \
    /bin/sh -c 'date -s @$(($(date +%s) + 3)) >/dev/null'
end

# A source: what is served is true time.
printf '%s\n' "server 10.77.1.1 iburst minpoll 4 maxpoll 4" allow \
    "serverprocs 2" "makestep 1 1" >/run/conf
start
sleep 120
load "the clock of a client is stepped" -t 127.0.0.1 60
load "with both sides in one queue, too" -ft 127.0.0.1 60
sleep 4000
load "makestep" -t 127.0.0.1 8 "$BUILD/bin/ntpctl" makestep
sleep 4000
load "makestep, requests first" -ft 127.0.0.1 8 "$BUILD/bin/ntpctl" makestep
[ "$(grep -c 'was stepped by' /run/out/daemon.log)" -ge 16 ]
ok "the daemon made these steps" $?
"$BUILD/bin/ntpctl" serverstats >/run/out/stats
end
truth_end
END

"$TOP/regress/uml/vm" "$tmp/job" "$tmp/out"
status=$?
[ $status != 77 ] || exit 77
cat "$tmp/out/tests"
if [ $status != 0 ] || [ "$(grep -c '^ok' "$tmp/out/tests")" != 8 ]; then
	head -n 100 "$tmp/out/daemon.log"
	cat "$tmp/out/console" "$tmp/out/stats"
	exit 1
fi
