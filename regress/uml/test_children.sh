#!/bin/sh
# Every child is killed in turn, twice, while the server is under load and the
# client is synchronised: service returns by itself, and meanwhile the others
# go on.  Then the launcher: the daemon ends, and starts again.  The daemon has
# the rights that its service file gives it, and no more.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/regress/uml/lib.sh"

need_kernel
need_program regress/uml/truth
need_program regress/uml/load
need_program sbin/ntpd
need_program bin/ntpctl
tmp=${KEEP:-$(mktemp -d "${TMPDIR:-/tmp}/uml-children.XXXXXX")} || exit 1
[ -n "${KEEP:-}" ] || trap 'rm -rf "$tmp"' EXIT

mkdir -p "$tmp/out"
cat >"$tmp/out/scenario.in" <<'EOF'
duration 3000
from 300
offset 0.3
freq 80
path delay=0.001 jitter=0.0001 dist=normal
source : iburst minpoll 4 maxpoll 4
source : iburst minpoll 4 maxpoll 4
source : iburst minpoll 4 maxpoll 4
conf makestep 0.1 3
conf rtcsync
conf allow
EOF

cat >"$tmp/job" <<'EOF'
load=/run/out/load
caps=$(sed -n 's/^CapabilityBoundingSet=//p' "$TOP/etc/ntpd.service" |
    tr '[:upper:]' '[:lower:]' | sed 's/cap_/+/g; s/ /,/g')

exec_ours()
{
	exec setpriv --no-new-privs --inh-caps -all \
	    --bounding-set "-all,$caps" \
	    "$BUILD/sbin/ntpd" -d -f /run/out/daemon.conf
}

is_new()
{
	new=$(child_pid "$1")
	[ -n "$new" ] && [ "$new" != "$2" ]
}

# The last whole second of load: all answered, at least $1 % synchronised.
serving()
{
	sleep 1.5
	tail -n 1 $load | {
		read -r raw sent answered synced
		[ "$sent" -gt 90 ] && [ "$answered" -ge $((sent - 1)) ] &&
		    [ "$synced" -ge $((answered * $1 / 100)) ]
	}
}

# Control answers, with the engine's word.
tracks()
{
	"$BUILD/bin/ntpctl" -n -c tracking >/run/tracking 2>&1 &&
	    grep -q ',Normal$' /run/tracking
}

# kill_child ROLE SECONDS: a new one is there after at most that many
kill_child()
{
	pid=$(child_pid "$1")
	if [ -z "$pid" ]; then
		ok "$1: there is one" 1
		return
	fi
	mark "$1"
	kill -KILL "$pid"
	# a new engine has to measure before it calls itself synchronised
	if [ "$1" = engine ]; then
		serving 90
		ok "$1: the server serves on" $?
	elif [ "$1" != server ]; then
		serving 100
		ok "$1: the server serves on" $?
	fi
	until_true "$2" is_new "$1" "$pid"
	ok "$1: a new one after at most $2 s" $?
	until_true 30 serving 100
	ok "$1: the server serves" $?
	until_true 30 tracks
	ok "$1: control answers, synchronised" $?
}

echo '10.77.1.3 truth.example.net' >>/etc/hosts
sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf
cp /run/out/scenario.in /run/scenario
truth_start /run/scenario || exit 1
# the third source is known by its name
daemon_conf ours /run/scenario
sed -i 's/^server 10.77.1.3 /server truth.example.net /' /run/out/daemon.conf
daemon_start ours
until_true 30 tracks
ok "synchronised within 30 s" $?
# the frequency has to hold for ten minutes before it is trusted
sleep 1500
ip netns exec truth "$BUILD/regress/uml/load" 10.77.0.1 10 900 >$load &
until_true 10 serving 100
ok "serving" $?
processes >/run/out/processes
[ "$(grep -c 'NoNewPrivs=1 Seccomp=2' /run/out/processes)" = 6 ]
ok "six processes, all in a sandbox" $?
"$BUILD/bin/ntpctl" makestep >/dev/null
ok "root may command" $?
for role in server control dns engine; do
	kill_child $role 3
	kill_child $role 8
done
kill -KILL "$(child_pid launcher)"
until_true 1 nobody_left
ok "launcher: all end with it" $?
wait $daemon_pid
[ $? != 0 ]
ok "launcher: the daemon's exit status tells" $?
daemon_start ours
until_true 30 tracks
ok "launcher: and starts again" $?
until_true 10 serving 100
ok "launcher: the server serves" $?
truth_end
kill -TERM $daemon_pid
until_true 1 nobody_left
ok "SIGTERM: all end within a second" $?
wait $daemon_pid
ok "SIGTERM: exit status 0" $?
EOF
"$TOP/regress/uml/vm" "$tmp/job" "$tmp/out"
status=$?
[ $status != 77 ] || exit 77
if awk -v m="$(value max "$tmp/out/result")" 'BEGIN { exit !(m < 1e-3) }'
then
	echo "ok the clock was right all the time" >>"$tmp/out/tests"
else
	echo "not ok the clock was right all the time" >>"$tmp/out/tests"
fi
cat "$tmp/out/tests"
if [ $status != 0 ] || [ ! -s "$tmp/out/tests" ] ||
    grep -q '^not ok' "$tmp/out/tests"; then
	echo "processes, the daemon's log:"
	cat "$tmp/out/processes"
	head -n 200 "$tmp/out/daemon.log"
	cat "$tmp/out/result"
	tail -n 20 "$tmp/out/console"
	exit 1
fi
cat "$tmp/out/processes"
