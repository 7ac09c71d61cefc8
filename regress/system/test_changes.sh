#!/bin/sh
# What changes while the daemon runs, without a restart: the client log and its
# size; a command that allows the first client, which starts the servers.
# timeout: 120
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"

a=$TMPDIR/a
ns_make a
mkdir -p "$a"
chmod 755 "$a"

# conf LINE...
conf()
{
	{
		echo "bindcmdaddress $a/run/chronyd.sock"
		echo "pidfile $a/pid"
		echo "cmdport 0"
		echo "local stratum 5"
		for l in "$@"; do
			echo "$l"
		done
	} >"$a/conf"
}

# ask FIRST LAST [FROM]: how many of 127.5.FROM.FIRST.. get an answer
cat >"$TMPDIR/ask.py" <<'PY'
import select, socket, sys
first, last, net = (int(x) for x in sys.argv[1:4])
socks = []
for i in range(first, last + 1):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.5.%d.%d" % (net, i), 0))
    s.sendto(b"\x23" + bytes(39) + b"\1" * 8, ("127.0.0.1", 123))
    socks.append(s)
n = 0
while n < len(socks):
    ready = select.select(socks, [], [], 0.4)[0]
    if not ready:
        break
    for s in ready:
        n += len(s.recv(100)) == 48
print(n)
PY
ask()
{
	ns a python3 "$TMPDIR/ask.py" "$1" "$2" "${3:-0}"
}
# shellcheck disable=SC2317
answers()
{
	[ "$(ask 1 1)" = 1 ]
}
# reload: tell it, wait until it is over; what it said is in $TMPDIR/said
reload()
{
	before=$(wc -l <"$a/log")
	kill -HUP "$PARENT"
	# shellcheck disable=SC2317
	over()
	{
		tail -n "+$((before + 1))" "$a/log" >"$TMPDIR/said"
		grep -q 'reload: done\|reload: failed' "$TMPDIR/said"
	}
	wait_for 10 over
}
said()
{
	grep -q "reload: $1" "$TMPDIR/said"
}
# pids: of all children
pids()
{
	ip netns pids "$NS_TAG-a" | sort -n | tr '\n' ' '
}

# ---- the client log ----
conf "allow" "clientloglimit 0"
start a "$a/log" "$NTPD" -d -x -f "$a/conf"
PARENT=$PID
check "it answers" wait_for 10 answers
before_pids=$(pids)
clients()
{
	ctl "$a" -c clients | grep -c .
}
drops()
{
	ctl "$a" -c serverstats | cut -d , -f 5
}
check "100 clients" [ "$(ask 1 100)" = 100 ]
check "the smallest log has 32" [ "$(clients)" = 32 ]
lost=$(drops)
check "the others gave way" [ "$lost" -ge 68 ]
conf "allow" "clientloglimit 100000"
check "a larger one" reload
check "it is said" said 'changed clientloglimit: 0 -> 100000'
check_not "without a restart" said 'needs'
check "it is empty" [ "$(clients)" = 0 ]
check "100 clients" [ "$(ask 1 100)" = 100 ]
check "it has room for all" [ "$(clients)" = 100 ]
check "what gave way before is not forgotten" [ "$(drops)" = "$lost" ]
echo "minsources 2" >>"$a/conf"
check "something else changes" reload
check "they are there" [ "$(clients)" = 100 ]
conf "allow" "noclientlog"
check "none" reload
check_not "no restart" said 'needs'
check_not "nobody is remembered" out ctl "$a" clients
check "but answered" [ "$(ask 1 100)" = 100 ]
conf "allow"
check "again" reload
check "it begins empty" [ "$(clients)" = 0 ]
check "100 clients" [ "$(ask 1 100)" = 100 ]
check "it has them" [ "$(clients)" = 100 ]
check "nobody was restarted" [ "$before_pids" = "$(pids)" ]
stop()
{
	kill "$PARENT"
	wait "$PARENT"
}
stop

# ---- allow, where nobody was ----
# servers: how many there are
servers()
{
	n=0
	for p in $(ip netns pids "$NS_TAG-a"); do
		tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null |
		    grep -q '^ntpd: server' && n=$((n + 1))
	done
	echo $n
}
# shellcheck disable=SC2317
up()
{
	ctl "$a" -c tracking
}
# begin: a new daemon, with a new log
begin()
{
	rm -f "$a/log"
	start a "$a/log" "$NTPD" -d -x -f "$a/conf"
	PARENT=$PID
	check "it is there" wait_for 10 up
}
conf "serverprocs 2" "server 127.9.9.9 offline"
begin
before_pids=$(pids)
check "no server" [ "$(servers)" = 0 ]
check "nobody is served" [ "$(ask 1 1)" = 0 ]
check "deny, of nobody" ctl "$a" deny 127.5.0.9
check "nor does that start one" [ "$(servers)" = 0 ]
check "allow" ctl "$a" allow 127.5.0.0/28
check "who is allowed is served at once" [ "$(ask 1 15)" = 14 ]
check "by two" [ "$(servers)" = 2 ]
check "not who is not" [ "$(ask 16 20)" = 0 ]
check "the earlier rule counts" [ "$(ask 9 9)" = 0 ]
check "accheck" out ctl "$a" accheck 127.5.0.1
check "it is allowed" grep -q 'Access allowed' "$TMPDIR/out"
gone=0
for p in $before_pids; do
	kill -0 "$p" || gone=1
done
check "the others are the same" [ $gone = 0 ]
before_pids=$(pids)
check "deny all" ctl "$a" deny all
check "nobody" [ "$(ask 1 10)" = 0 ]
check "the servers stay" [ "$before_pids" = "$(pids)" ]
check "allow all" ctl "$a" allow all
check "everybody" [ "$(ask 1 20)" = 20 ]
check "deny one" ctl "$a" deny 127.5.0.3
server=$(for p in $(pids); do
	tr '\0' ' ' <"/proc/$p/cmdline" | grep -q 'ntpd: server 1' &&
	    echo "$p"
done)
kill -KILL "$server"
# shellcheck disable=SC2317
all_but_one()
{
	[ "$(ask 1 20)" = 19 ]
}
check "a new server knows all" wait_for 5 all_but_one
check "a reload" reload
check "it is what the file says" said 'allow list: [0-9]* rule.* -> 0'
# shellcheck disable=SC2317
none()
{
	[ "$(servers)" = 0 ]
}
check "nobody again" wait_for 5 none
i=0
while [ $i -lt 10 ]; do
	i=$((i + 1))
	ctl "$a" allow "127.5.0.$i" >"$TMPDIR/allow.$i" 2>&1 &
	jobs="$jobs $!"
done
# shellcheck disable=SC2086
wait $jobs
check "ten at once" [ "$(ask 1 20)" = 10 ]
check "all are answered" [ "$(cat "$TMPDIR"/allow.* | sort -u)" = "200 OK" ]
i=0
good=0
while [ $i -lt 10 ]; do
	i=$((i + 1))
	kill -HUP "$PARENT"
	sleep 0.0$i
	ctl "$a" allow 127.5.0.1 >/dev/null && good=$((good + 1))
done
echo "# $good of 10 in the middle of a reload"
check "in the middle of a reload" [ $good = 10 ]
check "and after it" ctl "$a" allow 127.5.0.1
check "it is served" [ "$(ask 1 1)" = 1 ]
check_not "no bad messages" grep -q 'bad message\|out of order' "$a/log"
stop

conf "serverprocs 0"
begin
check_not "allow, where no server is wanted" out ctl "$a" allow 127.5.0.1
check "it is said" grep -q 'no server can be had' "$a/log"
check "and nothing is changed" [ "$(servers)" = 0 ]
check_not "nor the second time" out ctl "$a" allow 127.5.0.1
stop
finish
