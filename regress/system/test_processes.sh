#!/bin/sh
# Who runs as what: users, capabilities, seccomp, roots; a second instance; the
# service manager's protocol; children that die.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
need_peer

a=$TMPDIR/a
b=$TMPDIR/b
ns_make a b
theirs a "$a" "local stratum 1" "allow" "cmdport 0"
NOTIFY_SOCKET=$TMPDIR/notify
WATCHDOG_USEC=1000000
export NOTIFY_SOCKET WATCHDOG_USEC
python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
while True:
    print(s.recv(4096).decode().replace("\n", "|"), flush=True)
' "$NOTIFY_SOCKET" >"$TMPDIR/notified" &
NS_PIDS="$NS_PIDS $!"
wait_for 5 [ -S "$NOTIFY_SOCKET" ]
ours b "$b" "server 10.99.0.1 iburst minpoll 0 maxpoll 2" "allow" "cmdport 0"
unset WATCHDOG_USEC
# ip netns exec and setpriv both exec: the parent is the process started
PARENT=$PID
synced()
{
	ctl "$b" -c tracking | grep -q '^0A630001,'
}
check "synchronised" wait_for 20 synced

# child ROLE: its pid
child()
{
	for p in $(ip netns pids "$NS_TAG-b"); do
		if tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null |
		    grep -q "^ntpd: $1"; then
			echo "$p"
			return
		fi
	done
}
# field PID NAME: of /proc/PID/status
field()
{
	awk -v n="$2:" '$1 == n { print $2 }' "/proc/$1/status"
}

for r in launcher engine server control dns; do
	p=$(child $r)
	check "$r runs" [ -n "$p" ]
	[ -n "$p" ] || continue
	check "$r: no new privileges" [ "$(field "$p" NoNewPrivs)" = 1 ]
	check "$r: seccomp filter" [ "$(field "$p" Seccomp)" = 2 ]
	case $r in
	launcher)
		;;
	*)
		check "$r: not root" [ "$(field "$p" Uid)" != 0 ]
		check "$r: no capabilities" \
		    [ "$(field "$p" CapPrm)$(field "$p" CapEff)" = \
		    00000000000000000000000000000000 ]
		;;
	esac
	case $r in
	engine|server)
		check "$r: empty root" \
		    [ -z "$(ls -A "/proc/$p/root/" 2>/dev/null)" ]
		check "$r: its root is not the system's" \
		    [ "$(readlink "/proc/$p/root")" != / ]
		;;
	control)
		check "$r: root is the socket's directory" \
		    [ "$(readlink "/proc/$p/root")" = "$b/run" ]
		;;
	esac
done
check "parent: seccomp filter" [ "$(field "$PARENT" Seccomp)" = 2 ]
# CAP_SYS_TIME was taken away by the test, so nothing is left at all
check "parent: no capability left here" \
    [ "$(field "$PARENT" CapEff)" = 0000000000000000 ]

# a second one
ns b setpriv --bounding-set -sys_time "$NTPD" -d -x -f "$b/conf" \
    >"$TMPDIR/second" 2>&1
check_not "a second instance is refused" [ $? = 0 ]
check "and says why" grep -qi 'running\|another' "$TMPDIR/second"
check "the first goes on" synced

# children die
for r in engine server control dns; do
	old=$(child $r)
	kill -9 "$old"
	back()
	{
		new=$(child $r)
		[ -n "$new" ] && [ "$new" != "$old" ] && synced
	}
	check "$r killed: service returns" wait_for 15 back
done
check "the deaths are in the log" grep -qi 'engine' "$b/log"

check "READY=1" wait_for 2 grep -q 'READY=1' "$TMPDIR/notified"
check "STATUS=" wait_for 2 grep -q 'STATUS=.*10\.99\.0\.1' "$TMPDIR/notified"
check "WATCHDOG=1" wait_for 2 grep -q 'WATCHDOG=1' "$TMPDIR/notified"
t0=$(date +%s%N)
kill -INT "$PARENT"
wait "$PARENT"
check "exit status 0 on SIGINT" [ $? = 0 ]
t1=$(date +%s%N)
check "ended within a second (3, on a busy computer)" \
    [ $(((t1 - t0) / 1000000)) -lt 3000 ]
check "STOPPING=1" wait_for 2 grep -q 'STOPPING=1' "$TMPDIR/notified"
check "nobody is left behind" [ -z "$(child engine)$(child launcher)" ]
finish
