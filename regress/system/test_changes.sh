#!/bin/sh
# What changes while the daemon runs, without a restart: the client log and its
# size; a command that allows the first client, which starts the servers; how
# many these are, and whose a client is.
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"

a=$TMPDIR/a
LOAD=$BUILD/regress/bench/ntpload
ns_make a
mkdir -p "$a"
chmod 755 "$a"

# conf LINE...
conf()
{
	write_conf "$a" "cmdport 0" "local stratum 5" "$@"
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
    ready = select.select(socks, [], [], 0.7)[0]
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

# ---- another number of servers, under load ----
conf "allow" "bindaddress 127.0.0.1"
begin
check "it answers" wait_for 10 answers
ns a "$LOAD" -r 5000 -s 250 -t 9 127.0.0.1 123 >"$TMPDIR/load" 2>&1 &
load=$!
sleep 0.5
# become N: so many, and no process is there that should not
become()
{
	conf "allow" "bindaddress 127.0.0.1" "serverprocs $1"
	check "$1 processes" reload
	check_not "$1 processes: without a restart" said 'needs'
	# shellcheck disable=SC2317
	are_there()
	{
		[ "$(servers)" = "$1" ]
	}
	check "$1 processes: there they are" wait_for 5 are_there "$1"
}
for n in 3 2 5 1 4 1 2; do
	become $n
	ask 1 100 >/dev/null
	sleep 0.3
done
wait $load
echo "# $(cat "$TMPDIR/load")"
value()
{
	tr ' ' '\n' <"$TMPDIR/load" | sed -n "s/^$1=//p"
}
check "requests were answered" [ "$(value replies)" -gt 40000 ]
check "none was lost" [ "$(value lost)" = 0 ]
check "no bad answer" [ "$(value bad)" = 0 ]

# whose: who of 127.5.N.1 to 127.5.N.50 is served by server 1 of two
server1()
{
	for p in $(pids); do
		tr '\0' ' ' <"/proc/$p/cmdline" | grep -q 'ntpd: server 1' &&
		    echo "$p"
	done
}
count_lost()
{
	kill -STOP "$(server1)"
	n=$(ask 1 50 "$1")
	kill -CONT "$(server1)"
	echo $((50 - n))
	ask 1 50 "$1" >/dev/null
}
lost=$(count_lost 0)
echo "# server 1 has $lost of 50"
check "each has a share" [ "$lost" -gt 8 ]
check "not more than that" [ "$lost" -lt 42 ]
conf "allow" "bindaddress 127.0.0.1" "serverprocs 2" \
    "ratelimit interval 12 burst 5 leak 4 prefix4 24"
check "sources by their network" reload
check_not "without a restart" said 'needs'
n=$(ask 1 60 1)
echo "# $n of 60 sources of one network were answered"
check "the limit is one for the network" [ "$n" -lt 20 ]
conf "allow" "bindaddress 127.0.0.1" "serverprocs 2" \
    "ratelimit interval -19 burst 255 prefix4 24"
check "no limit that matters" reload
for i in 2 3 4 5 6 7 8 9; do
	count_lost $i
done | sort -n | uniq -c >"$TMPDIR/lost"
echo "# of 50 each: $(tr '\n' ' ' <"$TMPDIR/lost")"
check "a network is one process's" \
    [ -z "$(awk '$2 != 0 && $2 != 50' "$TMPDIR/lost")" ]
check "not all the same one's" [ "$(wc -l <"$TMPDIR/lost")" = 2 ]

# ---- a reload that fails has changed nothing ----
ns a python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.2", 123))
print("bound", flush=True)
time.sleep(60)
' >"$TMPDIR/taker" &
NS_PIDS="$NS_PIDS $!"
wait_for 5 grep -q bound "$TMPDIR/taker"
conf "allow" "listen on 127.0.0.1" "serverprocs 2"
check "two of an address" reload
before_pids=$(pids)
conf "allow" "listen on 127.0.0.1" "listen on 127.0.0.2" "serverprocs 4"
check "four, and an address that is taken" reload
check "it fails" said 'failed, nothing is changed'
check "nobody came or went" [ "$before_pids" = "$(pids)" ]
check "the two answer all" [ "$(ask 1 100)" = 100 ]
conf "allow" "listen on 127.0.0.1" "listen on 127.0.0.2" "serverprocs 1"
check "one, and an address that is taken" reload
check "it fails" said 'failed, nothing is changed'
check "the two answer all" [ "$(ask 1 100)" = 100 ]
lost=$(count_lost 0)
check "both" [ "$lost" -gt 8 ]
check_not "no bad messages" grep -q 'bad message\|out of order' "$a/log"
stop
finish
