#!/bin/sh
# What changes while requests come in, without a restart: the client log and
# its size.
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
finish
