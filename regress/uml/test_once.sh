#!/bin/sh
# ntpd -q on a real kernel clock that is 5000 s behind: -Q measures and changes
# nothing, -q sets it and ends, -t limits the time.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/regress/uml/lib.sh"

need_kernel
need_program regress/uml/truth
need_program sbin/ntpd
tmp=$(mktemp -d "${TMPDIR:-/tmp}/uml-once.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/out"
cat >"$tmp/out/scenario.in" <<'EOF'
duration 1000
from 60
offset -5000
path delay=0.010 jitter=0.0005 dist=normal
source
EOF

cat >"$tmp/job" <<'EOF'
ntpd=$BUILD/sbin/ntpd
log=/run/out/daemon.log

said()
{
	tail -n 4 $log | grep -Eq "System clock wrong by $1 seconds $2"
}

cp /run/out/scenario.in /run/scenario
truth_start /run/scenario || exit 1
before=$(date +%s)
"$ntpd" -Q 'server 10.77.1.1 iburst' >>$log 2>&1
ok "-Q: exit status 0" $?
said '(4999\.99|5000\.00)[0-9]*' '\(ignored\)'
ok "-Q: the offset" $?
after=$(date +%s)
[ $((after - before)) -lt 100 ]
ok "-Q: the clock is left alone" $?

"$ntpd" -q 'server 10.77.1.1 iburst' >>$log 2>&1
ok "-q: exit status 0" $?
said '(4999\.99|5000\.00)[0-9]*' '\(step\)'
ok "-q: the offset" $?
nobody_left
ok "-q: no process is left" $?

"$ntpd" -t 10 -q 'server 10.77.1.99 iburst' >>$log 2>&1
[ $? = 1 ]
ok "-t: exit status 1 where nobody answers" $?
sleep 60
truth_end
EOF

"$TOP/regress/uml/vm" "$tmp/job" "$tmp/out" || exit $?
if [ "$(value steps "$tmp/out/result")" = 1 ] && awk -v \
    m="$(value max "$tmp/out/result")" 'BEGIN { exit !(m < 2e-3) }'; then
	echo "ok one step, under 2 ms" >>"$tmp/out/tests"
else
	echo "not ok one step, under 2 ms" >>"$tmp/out/tests"
fi
cat "$tmp/out/tests"
if [ "$(grep -c '^ok' "$tmp/out/tests")" != 8 ]; then
	cat "$tmp/out/daemon.log" "$tmp/out/console" "$tmp/out/result"
	exit 1
fi
