#!/bin/sh
# The configuration read again while everything runs: by SIGHUP and by ntpctl;
# sources that stay keep their samples, errors change nothing, and servers that
# stay lose no request.
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
need_peer

a=$TMPDIR/a
b=$TMPDIR/b
LOAD=$BUILD/regress/bench/ntpload
ns_make a b
for i in 11 12 13; do
	ip -n "$NS_TAG-a" addr add "10.99.0.$i/24" dev eth0
done
ip -n "$NS_TAG-b" addr add 10.99.0.22/24 dev eth0
theirs a "$a" "local stratum 1" "allow" "cmdport 0"
mkdir -p "$b/src" "$b/conf.d"

# conf LINE...: the configuration of b
conf()
{
	write_conf "$b" "driftfile $b/drift" "cmdport 323" "sourcedir $b/src" \
	    "confdir $b/conf.d" "$@"
}
S1="server 10.99.0.1 iburst minpoll 0 maxpoll 0"
conf "$S1" "server 10.99.0.11 iburst minpoll 0 maxpoll 0" \
    "allow 10.99.0.1" "bindaddress 10.99.0.2"
chmod 755 "$b"
start b "$b/log" "$NTPD" -d -x -f "$b/conf"
PARENT=$PID

synced()
{
	ctl "$b" -c tracking | grep -q '^0A63'
}
check "synchronised" wait_for 20 synced

# reload: tell it, wait until it is over; what it said is in $TMPDIR/said
reload()
{
	before=$(wc -l <"$b/log")
	kill -HUP "$PARENT"
	# shellcheck disable=SC2317
	over()
	{
		tail -n "+$((before + 1))" "$b/log" >"$TMPDIR/said"
		grep -q 'reload: done\|reload: failed' "$TMPDIR/said"
	}
	wait_for 10 over
}
said()
{
	grep -q "reload: $1" "$TMPDIR/said"
}
# samples ADDRESS: NP of sourcestats, nothing when there is no such source
samples()
{
	ctl "$b" -c sourcestats | awk -F , -v a="$1" '$1 == a { print $2 }'
}
has_samples()
{
	[ "$(samples "$1" | grep . || echo 0)" -ge "$2" ]
}
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
children()
{
	for r in launcher engine server control dns; do
		child $r
	done
}

# ---- sources ----
check "samples gather" wait_for 30 has_samples 10.99.0.1 12
before_pids=$(children)
n=$(samples 10.99.0.1)
conf "$S1 prefer" "server 10.99.0.12 iburst minpoll 0 maxpoll 0" \
    "allow 10.99.0.1" "bindaddress 10.99.0.2"
check "reload" reload
check "added is said" said 'added server 10.99.0.12 minpoll 0 maxpoll 0 iburst'
check "changed is said" said 'changed server 10.99.0.1: prefer on'
check "removed is said" said 'removed server 10.99.0.11$'
check "the source that stays has its samples" has_samples 10.99.0.1 "$n"
check "the removed one is gone" [ -z "$(samples 10.99.0.11)" ]
check "the new one answers" wait_for 10 has_samples 10.99.0.12 3
check "nobody was restarted" [ "$before_pids" = "$(children)" ]

# ---- errors ----
n=$(samples 10.99.0.1)
conf "$S1" "allow 10.99.0.0/24" "maxslewrate fast" "nonsense"
check "a reload with errors" reload
check "the first error" said "$b/conf:9:13: maxslewrate fast: must be"
check "the second error" said "$b/conf:10:1: unknown directive"
check "nothing is changed" said 'failed, nothing is changed'
check "all sources are there" has_samples 10.99.0.12 3
check "with their samples" has_samples 10.99.0.1 "$n"
mv "$b/conf" "$b/conf.away"
check "a reload without a file" reload
check "it cannot be read" said "cannot read $b/conf: No such file"
mv "$b/conf.away" "$b/conf"
ip netns exec "$NS_TAG-b" python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.99.0.22", 1234))
print("bound", flush=True)
time.sleep(60)
' >"$TMPDIR/taker" &
NS_PIDS="$NS_PIDS $!"
wait_for 5 grep -q bound "$TMPDIR/taker"
conf "$S1" "allow" "bindaddress 10.99.0.22" "port 1234"
check "a reload that wants a socket of another" reload
check "it is said" said 'cannot open socket 10.99.0.22 port 1234: Address'
check "and nothing is changed" said 'failed, nothing is changed'

# ---- the server ----
# ask ADDRESS [SECONDS]: an answer to one request of a; asked_in_vain: none
ask()
{
	ns a python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.99.0.1", 0))
s.settimeout(float(sys.argv[2]))
s.sendto(b"\x23" + bytes(39) + b"\1" * 8, (sys.argv[1], 123))
s.recv(100)
' "$1" "${2:-10}" 2>/dev/null
}
asked_in_vain()
{
	! ask "$1" 0.3
}
check "the kept address still answers" ask 10.99.0.2
check "the other does not" asked_in_vain 10.99.0.22
conf "$S1" "listen on 10.99.0.2" "listen on 10.99.0.22" "allow 10.99.0.1"
check "reload" reload
check "both answer" ask 10.99.0.22
check "both answer" ask 10.99.0.2
conf "$S1" "listen on 10.99.0.2" "deny 10.99.0.1" "allow 10.99.0.0/24"
check "reload" reload
check "the list is told" said 'allow list: 1 rule -> 2'
check "denied" asked_in_vain 10.99.0.2
check "the old address is closed" asked_in_vain 10.99.0.22

# Under load: one address stays, others come and go; none of its requests is
# lost.
ns a "$LOAD" -r 5000 -t 2 10.99.0.2 123 >"$TMPDIR/load.denied" 2>&1 &
conf "$S1" "listen on 10.99.0.2" "allow 10.99.0.0/24"
check "reload" reload
check "allowed again" ask 10.99.0.2
wait $!
ns a "$LOAD" -r 5000 -t 6 -o 10 10.99.0.2 123 >"$TMPDIR/load" 2>&1 &
load=$!
i=0
while kill -0 $load 2>/dev/null; do
	i=$((i + 1))
	if [ $((i % 2)) = 1 ]; then
		conf "$S1" "listen on 10.99.0.2" "listen on 10.99.0.22" \
		    "allow 10.99.0.0/24" "server 10.99.0.12 iburst"
	else
		conf "$S1" "listen on 10.99.0.2" "allow 10.99.0.0/24"
	fi
	reload || break
done
wait $load
echo "# $i reloads: $(cat "$TMPDIR/load")"
check "many reloads under load" [ $i -gt 5 ]
value()
{
	tr ' ' '\n' <"$TMPDIR/load" | sed -n "s/^$1=//p"
}
check "requests were answered" [ "$(value replies)" -gt 1000 ]
check "none was lost" [ "$(value lost)" = 0 ]

# ---- nobody is served, and again ----
conf "$S1"
check "reload" reload
# shellcheck disable=SC2317
no_server()
{
	[ -z "$(child server)" ]
}
check "no server is left" wait_for 5 no_server
i=0
while [ $i -lt 10 ]; do
	conf "$S1" "allow" "bindaddress 10.99.0.2"
	reload
	wait_for 3 ask 10.99.0.2 0.3 || break
	conf "$S1"
	reload
	i=$((i + 1))
done
check "there and away ten times" [ $i = 10 ]
conf "$S1" "allow" "bindaddress 10.99.0.2"
check "reload" reload
check "there is one again" wait_for 5 ask 10.99.0.2 0.3

# ---- directories ----
echo "server 10.99.0.13 iburst minpoll 0 maxpoll 0" >"$b/src/dhcp.sources"
printf 'server 10.99.0.1' >"$b/src/half.sources"
echo "minsources 2" >"$b/conf.d/x.conf"
check "reload" reload
check "a source of a directory" said 'added server 10.99.0.13'
check "a line that is not finished" said "$b/src/half.sources:1:1: no newline"
check "a file of confdir" said 'added minsources 2'
check "it answers" wait_for 10 has_samples 10.99.0.13 2
rm "$b/src/dhcp.sources"
check "reload" reload
check "it goes with its file" said 'removed server 10.99.0.13'

# ---- by request ----
# ask_reload TOKEN: the daemon's own request RELOAD, until it is done; prints
# its result (1 done, 2 the same, 3 an error) and the lines
cat >"$TMPDIR/ask_reload.py" <<'PY'
import os, socket, struct, sys, time
sock, token = sys.argv[1], int(sys.argv[2])
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
mine = '%s/client.%d' % (os.path.dirname(sock), os.getpid())
s.bind(mine)
os.chmod(mine, 0o666)
s.settimeout(20)

def ask(command, index, length):
    r = struct.pack('!BBBBHHIII', 6, 1, 0, 0, command, 0, 1, 0, 0)
    s.sendto((r + struct.pack('!I', index)).ljust(length, b'\0'), sock)
    a = s.recv(1024)
    return struct.unpack('!H', a[8:10])[0], a

try:
    for i in range(400):
        status, a = ask(RELOAD, token, 40)
        if status != 0:
            sys.exit('status %d' % status)
        echo, result, pad, n = struct.unpack('!IHHI', a[28:40])
        if result != 0:
            break
        time.sleep(0.05)
    assert echo == token
    print(result)
    for i in range(n):
        status, a = ask(RELOAD + 1, i, 512)
        kind = struct.unpack('!H', a[28:30])[0]
        print('cwe'[kind] + a[32:].split(b'\0')[0].decode())
    status, a = ask(RELOAD + 1, n, 512)
    assert status == 1
finally:
    os.unlink(mine)
PY
number=$(sed -n 's/.*CANDM_REQ_OWN = \(0x[0-9a-f]*\).*/\1/p' \
    "$TOP/common/candm.h")
number=$((number + $(awk '/CANDM_REQ_STATUS/ { on = 1 }
    /CANDM_REQ_RELOAD,/ { print n; exit }
    on && /CANDM_REQ_/ { n++ }' "$TOP/common/candm.h")))
sed -i "s/RELOAD/$number/g" "$TMPDIR/ask_reload.py"
ask_reload()
{
	python3 "$TMPDIR/ask_reload.py" "$b/run/chronyd.sock" "$1" \
	    >"$TMPDIR/asked" 2>&1
}
has()
{
	grep -q "$1" "$TMPDIR/asked"
}
check "a reload by request" ask_reload 4711
check "there is nothing to change" has '^2$'
check "and the same warning as before" has "^w$b/src/half.sources:1:1: no"
conf "$S1" "allow" "bindaddress 10.99.0.2" "server 10.99.0.11"
check "its token again" ask_reload 4711
check "is not another reload" has '^2$'
check "another" ask_reload 4712
check "it is done" has '^1$'
check "what it did" has '^cadded server 10.99.0.11$'
conf "$S1" "allow" "bindaddress 10.99.0.2" "serve"
check "one with an error" ask_reload 4713
check "it is one" has '^3$'
check "its line" has "^e$b/conf:10:1: unknown directive"
conf "$S1" "allow" "bindaddress 10.99.0.2" "server 10.99.0.11"
check "ntpctl reload" out ctl "$b" reload
check "says that nothing changed" grep -q '^Nothing changed' "$TMPDIR/out"
echo "minsources 3" >"$b/conf.d/x.conf"
check "ntpctl reload" out ctl "$b" reload
check "says what changed" grep -q 'minsources: 2 -> 3' "$TMPDIR/out"
echo "minsources x" >"$b/conf.d/x.conf"
check_not "ntpctl reload with an error" out ctl "$b" reload
check "says where it is" \
    grep -q "error: $b/conf.d/x.conf:1:12: minsources x" "$TMPDIR/out"
echo "minsources 1" >"$b/conf.d/x.conf"
# chronyc's reload sources touches nothing but the directories' sources
conf "$S1" "allow" "bindaddress 10.99.0.2" "nonsense"
echo "server 10.99.0.13 iburst minpoll 0 maxpoll 0" >"$b/src/dhcp.sources"
check "reload sources" out "$CHRONYC" -h "$b/run/chronyd.sock" reload sources
check "it is OK" grep -q '200 OK' "$TMPDIR/out"
check "the source is there" wait_for 10 has_samples 10.99.0.13 2
check "the others too" has_samples 10.99.0.1 5
rm "$b/src/dhcp.sources"
check "reload sources" out "$CHRONYC" -h "$b/run/chronyd.sock" reload sources
# shellcheck disable=SC2317
no_dhcp()
{
	[ -z "$(samples 10.99.0.13)" ]
}
check "it is gone" wait_for 5 no_dhcp

# ---- what cannot be done ----
conf "$S1" "allow" "bindaddress 10.99.0.2" "user nobody" \
    "driftfile /nowhere/drift" "maxslewrate 500"
check "reload" reload
check "user" said 'needs a restart: .*user nobody'
check "driftfile" said 'needs a restart: driftfile /nowhere/drift'
check "the rest is done" said 'added maxslewrate 500'

# a file of keys that is not there stops a reload only when they are needed
conf "$S1" "allow" "bindaddress 10.99.0.2" "keyfile $b/none"
check "reload" reload
check "the file of keys is missing" said "cannot read the keys in $b/none"
check "nobody needs it" said 'done, '
conf "$S1" "allow" "bindaddress 10.99.0.2" "keyfile $b/none" \
    "server 192.0.2.7 key 1"
check "reload" reload
check "now it is needed" said 'failed, nothing is changed'

# ---- many at once, and a child that dies ----
i=0
while [ $i -lt 50 ]; do
	kill -HUP "$PARENT"
	[ $((i % 10)) = 0 ] && kill -9 "$(child engine)" 2>/dev/null
	i=$((i + 1))
	sleep 0.02
done
check "the daemon lives" kill -0 "$PARENT"
sleep 1
check "and reloads" reload
check "and is synchronised" wait_for 30 synced
check_not "no bad messages" grep -q "bad message\|out of order" "$b/log"
finish
