#!/bin/sh
# makestep of Debian's chronyc and of ntpctl on a real kernel clock: no step is
# made without it, and with it the clock is right at once.  Then somebody else
# sets the clock, and it is brought back without a step.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/regress/uml/lib.sh"

need_kernel
need_program regress/uml/truth
need_program sbin/ntpd
tmp=$(mktemp -d "${TMPDIR:-/tmp}/uml-makestep.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/out"
cat >"$tmp/out/scenario.in" <<'END'
duration 8000
from 3000
offset -300
path delay=0.010 jitter=0.0005 dist=normal
source
END

cat >"$tmp/job" <<'END'
sock=/run/chrony/chronyd.sock
log=/run/out/daemon.log

# how wrong the daemon says that the clock is, in whole milliseconds
wrong()
{
	"$BUILD/bin/ntpctl" -h $sock -c tracking |
	    awk -F, '{ e = $5 * 1000; print int(e < 0 ? -e : e) }'
}

cp /run/out/scenario.in /run/scenario
truth_start /run/scenario || exit 1
printf '%s\n' "server 10.77.1.1 iburst minpoll 4 maxpoll 6" >/run/conf
"$BUILD/sbin/ntpd" -d -f /run/conf >$log 2>&1 &
sleep 10
[ "$(wrong)" -gt 200000 ]
ok "without makestep it is slewed" $?
out=$("$PEER/usr/bin/chronyc" -h $sock makestep)
[ "$out" = "200 OK" ]
ok "chronyc makestep says 200 OK" $?
sleep 1
[ "$(wrong)" -lt 20 ]
ok "the clock is right at once" $?
grep -q 'was stepped by 29[0-9]\.' $log
ok "the step is in the log" $?
sleep 2000
date -s @$(($(date +%s) - 30)) >/dev/null
sleep 0.1
grep -q 'not by this daemon' $log
ok "a change by somebody else is noticed at once" $?
sleep 100
[ "$(wrong)" -gt 20000 ]
ok "a change by somebody else is seen" $?
grep -q 'not by this daemon' $log
ok "and said" $?
sleep 500
[ "$(wrong)" -lt 5 ]
ok "it is slewed back" $?
date -s @$(($(date +%s) - 30)) >/dev/null
sleep 100
out=$("$BUILD/bin/ntpctl" -h $sock makestep)
[ "$out" = "200 OK" ]
ok "ntpctl makestep says 200 OK" $?
sleep 1
[ "$(wrong)" -lt 5 ]
ok "the clock is right again" $?
sleep 1000
truth_end
END

PEER=${PEER:-$BUILD/peer}
[ -x "$PEER/usr/bin/chronyc" ] || { echo "no chronyc: make deps"; exit 77; }
"$TOP/regress/uml/vm" -e "PEER=$PEER" "$tmp/job" "$tmp/out" || exit $?
cat "$tmp/out/tests"
if [ "$(grep -c '^ok' "$tmp/out/tests")" != 10 ]; then
	cat "$tmp/out/daemon.log" "$tmp/out/console" "$tmp/out/result"
	exit 1
fi
