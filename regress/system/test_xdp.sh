#!/bin/sh
# The program in the kernel: what it answers and what it leaves to the server,
# for whom, with which time; counters; it follows each change of the list, stops
# where it cannot, and is gone when the daemon is, also when that was killed.
# On veth and on lo.
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
command -v python3 >/dev/null || skip "no python3"
[ -x "$BUILD/libexec/ntpd/ntpd-xdp" ] || skip "no libbpf: make deps"

b=$TMPDIR/b
ns_make a b c
ns a ip addr add 10.99.0.66/24 dev eth0
ours b "$b" "local stratum 5" "allow 10.99.0.0/24" "deny 10.99.0.66" \
    "allow fd99::/64" "xdp eth0 generic"
OURS=$PID
up()
{
	ctl "$b" -c tracking
}
check "up" wait_for 10 up
if grep -q 'server answers alone' "$b/log"; then
	skip "$(grep -o 'xdp eth0: .*' "$b/log")"
fi

cat >"$TMPDIR/ask.py" <<'PY'
import os, socket, struct, sys, time
# ask.py FROM TO [FIRST [LENGTH [ORIGIN]]]: prints what is wrong
frm, to = sys.argv[1:3]
first, length, origin = (int(x, 0) for x in
                         (sys.argv[3:6] + ['0x23', '48', '0'][len(sys.argv) - 3:]))
s = socket.socket(socket.AF_INET6 if ':' in to else socket.AF_INET,
                  socket.SOCK_DGRAM)
s.settimeout(float(os.environ.get("WAIT", "10")))
s.bind((frm, 0))
req = bytearray(48)
req[0] = first
req[2] = 6
req[24] = origin
req[40:48] = bytes(range(1, 9))
req += struct.pack('>HH', 0x4321, 28) + bytes(24) if length > 48 else b''
before = time.time()
s.sendto(bytes(req), (to, 123))
try:
    r = s.recv(512)
except socket.timeout:
    sys.exit('no answer')
after = time.time()
assert len(r) == 48 and r[24:32] == bytes(range(1, 9)), r
assert r[0] & 0x3f == (first & 0x38 | 4) and r[0] >> 6 == 0 and r[2] == 6, r
t = [x / 2**32 - 2208988800 for x in struct.unpack('>QQ', r[32:48])]
assert before - 1e-4 <= t[0] <= t[1] <= after + 1e-4, (before, t, after)
assert r[1] == 5 and r[12:16] == bytes([127, 127, 1, 1]), r
PY
# quick ARGS...: ask, but wait for half a second only; unanswered: in vain
quick()
{
	WAIT=0.5
	export WAIT
	ask "$@"
	_status=$?
	unset WAIT
	return $_status
}
unanswered()
{
	! quick "$@"
}
ask()
{
	ns a python3 "$TMPDIR/ask.py" "$@" 2>"$TMPDIR/ask.log"
}
# received NAME: a counter of serverstats: kernel's transmit timestamps are
# the program's, all others are the server's
counter()
{
	ctl "$b" serverstats | sed -n "s/^NTP $1 TX timestamps *: //p"
}
# in_kernel NAME ARGS...: answered, and who answered was the program
in_kernel()
{
	was=$(counter kernel)
	name=$1
	shift
	check "$name" ask "$@"
	check "$name: in the kernel" [ "$(counter kernel)" = $((was + 1)) ]
}
# in_server: the same, by the server
in_server()
{
	was=$(counter kernel)
	name=$1
	shift
	check "$name" ask "$@"
	check "$name: by the server" [ "$(counter kernel)" = "$was" ]
}

in_kernel "a plain request" 10.99.0.1 10.99.0.2
in_kernel "over IPv6" fd99::1 fd99::2
in_server "version 3" 10.99.0.1 10.99.0.2 0x1b
in_server "an extension field" 10.99.0.1 10.99.0.2 0x23 80
in_server "an origin" 10.99.0.1 10.99.0.2 0x23 48 1
was=$(counter kernel)
check "who is denied gets nothing" unanswered 10.99.0.66 10.99.0.2
check "mode 4 gets nothing" unanswered 10.99.0.1 10.99.0.2 0x24
# a router must not answer for those behind it
ns b sysctl -qw net.ipv4.ip_forward=1
ns c ip addr add 10.98.0.9/32 dev lo
ns b ip route add 10.98.0.0/16 via 10.99.0.3
ns a ip route add 10.98.0.0/16 via 10.99.0.2
check "others' addresses get nothing" unanswered 10.99.0.1 10.98.0.9
check "none of these was answered" [ "$(counter kernel)" = "$was" ]
# verbose TEXT: that counter of serverstats -v
verbose()
{
	ctl "$b" serverstats -v | sed -n "s/^XDP $1 *: //p"
}
check "serverstats -v has its answers" [ "$(verbose answers)" = "$was" ]
check "whom it does not answer" [ "$(verbose "passed: not allowed")" = 1 ]
check "the server says so, too" [ "$(ctl "$b" serverstats -v |
    sed -n 's/^Dropped: not allowed *: //p')" = 1 ]
check "it always had a time" [ "$(verbose "passed: no time")" = 0 ]
# an engine that is stuck: its time does not hold for ever
engine=$(ip netns pids "$NS_TAG-b" | while read -r p; do
	tr '\0' ' ' <"/proc/$p/cmdline" | grep -q 'ntpd: engine' && echo "$p"
done)
was=$(counter kernel)
kill -STOP "$engine"
sleep 5
in_server "after 5 s without the engine" 10.99.0.1 10.99.0.2
check "because there is no time" [ "$(verbose "passed: no time")" = 1 ]
kill -CONT "$engine"
again()
{
	was=$(counter kernel)
	quick 10.99.0.1 10.99.0.2 && [ "$(counter kernel)" -gt "$was" ]
}
wait_for 10 again
in_kernel "the engine is back" 10.99.0.1 10.99.0.2
kill -KILL "$engine"
check "a new engine" wait_for 10 again
# what was allowed a moment ago is not any more, for the program as well
check "deny" out ctl "$b" deny 10.99.0.1
check "who is denied now gets nothing" unanswered 10.99.0.1 10.99.0.2
check "allow" out ctl "$b" allow 10.99.0.1
in_kernel "after a change of the list" 10.99.0.1 10.99.0.2

# one that is always allowed has all answers, one that never is has none, and
# one has none from when deny is answered until allow is asked for
cat >"$TMPDIR/flood.py" <<'PY'
import select, socket, sys, time
to = ("10.99.0.2", 123)
req = b"\x23" + bytes(39) + bytes(range(1, 9))
def sock(frm):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((frm, 0))
    s.setblocking(False)
    return s
good, never = sock("10.99.0.1"), sock("10.99.0.66")
sent = got = bad = denied = 0
end = time.time() + float(sys.argv[1])
while time.time() < end:
    good.sendto(req, to)
    sent += 1
    for i in range(20):
        never.sendto(req, to)
        denied += 1
    if select.select([good], [], [], 5)[0]:
        got += len(good.recv(100)) == 48
    try:
        while True:
            never.recv(100)
            bad += 1
    except BlockingIOError:
        pass
    time.sleep(0.001)
print("sent", sent, "got", got, "never", denied, "bad", bad)
PY
ns a ip addr add 10.99.0.67/24 dev eth0
was=$(counter kernel)
ns a python3 "$TMPDIR/flood.py" 5 >"$TMPDIR/flood" &
flood=$!
i=0
wrong=0
while [ $i -lt 5 ]; do
	i=$((i + 1))
	ctl "$b" deny 10.99.0.67 >/dev/null || wrong=$((wrong + 1))
	unanswered 10.99.0.67 10.99.0.2 || wrong=$((wrong + 1))
	ctl "$b" deny "10.99.1.$i" >/dev/null || wrong=$((wrong + 1))
	ctl "$b" allow 10.99.0.67 >/dev/null || wrong=$((wrong + 1))
	ask 10.99.0.67 10.99.0.2 || wrong=$((wrong + 1))
done
wait $flood
echo "# $i changes: $(cat "$TMPDIR/flood"), $(($(counter kernel) - was))" \
    "in the kernel"
read -r _ sent _ got _ never _ bad <"$TMPDIR/flood"
check "each was true when it was answered" [ $wrong = 0 ]
check "who is allowed has all answers" [ "$got" = "$sent" ]
check "most from the kernel" [ $(($(counter kernel) - was)) -gt \
    $((sent * 3 / 4)) ]
check "who is denied was told nothing, of many" [ "$never" -gt 5000 ]
check "nothing at all" [ "$bad" = 0 ]
attached()
{
	ns b ip link show eth0 | grep -q xdp
}
check "attached" attached
kill -KILL "$OURS"
detached()
{
	! attached
}
check "gone with the parent" wait_for 5 detached

c=$TMPDIR/c
ours c "$c" "local stratum 5" "allow 127/8" "allow ::1" "xdp lo"
b=$c
check "on lo" wait_for 10 up
ask()
{
	ns c python3 "$TMPDIR/ask.py" "$@"
}
in_kernel "lo" 127.0.0.1 127.0.0.1
in_kernel "lo, IPv6" ::1 ::1
reloads()
{
	[ "$(grep -c 'reload: done' "$c/log")" -ge "$1" ]
}
echo "# nothing" >>"$c/conf"
kill -HUP "$PID"
check "a reload" wait_for 5 reloads 1
in_kernel "a reload that changes nothing" 127.0.0.1 127.0.0.1
echo "deny 127.0.0.9" >>"$c/conf"
kill -HUP "$PID"
check "another" wait_for 5 reloads 2
in_kernel "a reload that changes the list" 127.0.0.1 127.0.0.1
check "who is denied by it gets nothing" unanswered 127.0.0.9 127.0.0.1
sed -i 's/^allow 127/# &/' "$c/conf"
kill -HUP "$PID"
check "another" wait_for 5 reloads 3
check "who is not allowed by it gets nothing" unanswered 127.0.0.1 127.0.0.1
in_kernel "who still is has answers" ::1 ::1
sed -i 's/^# allow 127/allow 127/' "$c/conf"
kill -HUP "$PID"
check "another" wait_for 5 reloads 4
in_kernel "and back" 127.0.0.1 127.0.0.1
was=$(counter kernel)
echo "bindaddress 127.0.0.1" >>"$c/conf"
kill -HUP "$PID"
check "other addresses cannot be had" wait_for 5 \
    grep -q 'reload: needs a restart: xdp (with another' "$c/log"
check "another" wait_for 5 reloads 5
in_server "then the server answers" 127.0.0.1 127.0.0.1
check "what was counted stays" [ "$(counter kernel)" = "$was" ]
check_not "the program is out" out eval "ns c ip link show lo | grep xdp"
sed -i '/^bindaddress/d' "$c/conf"

# nobody is allowed at the start
kill "$PID"
wait "$PID"
sed -i 's/^allow/# &/; /^deny/d' "$c/conf"
start c "$c/log" "$NTPD" -d -x -f "$c/conf"
check "on lo again" wait_for 10 up
check "nobody is allowed" unanswered 127.0.0.1 127.0.0.1
check "allow" out ctl "$c" allow 127.0.0.1
in_kernel "who is by command is answered in the kernel" 127.0.0.1 127.0.0.1
check "another one not" unanswered 127.0.0.9 127.0.0.1
sed -i 's/^# allow/allow/' "$c/conf"

# without one of the families the program has none of it, either
only()
{
	kill "$PID"
	wait "$PID"
	start c "$c/log" "$NTPD" -d -x "$1" -f "$c/conf"
	check "on lo with $1" wait_for 10 up
}
only -4
in_kernel "-4: over IPv4" 127.0.0.1 127.0.0.1
check "-4: nothing over IPv6" unanswered ::1 ::1
only -6
in_kernel "-6: over IPv6" ::1 ::1
check "-6: nothing over IPv4" unanswered 127.0.0.1 127.0.0.1

# the same while the server is not there to hear of it
ended()
{
	server=$(ip netns pids "$NS_TAG-c" | while read -r p; do
		tr '\0' ' ' <"/proc/$p/cmdline" | grep -q 'ntpd: server' &&
		    echo "$p"
	done)
	[ -n "$server" ] && kill -KILL "$server"
	sleep 0.2
	grep -q 'server was ended.*in [1-9][0-9]* s' "$c/log"
}
away()
{
	kill "$PID"
	wait "$PID"
	sed -i '/deny/d' "$c/conf"
	rm -f "$c/log"
	start c "$c/log" "$NTPD" -d -x -f "$c/conf"
	check "on lo again" wait_for 10 up
	in_kernel "again" 127.0.0.9 127.0.0.1
	check "the server is away" wait_for 10 ended
}
away
echo "deny 127.0.0.9" >>"$c/conf"
kill -HUP "$PID"
check "a reload without the server" wait_for 5 grep -q 'reload: done' "$c/log"
check "denied while it is away" unanswered 127.0.0.9 127.0.0.1
# it tells what the program has counted
back()
{
	[ "$(counter kernel)" -gt 0 ]
}
check "it is back" wait_for 10 back
in_kernel "back" 127.0.0.1 127.0.0.1
check "denied, too" unanswered 127.0.0.9 127.0.0.1
away
check "deny without the server" out ctl "$c" deny 127.0.0.9
check "denied by the command" unanswered 127.0.0.9 127.0.0.1
finish
