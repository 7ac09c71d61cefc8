#!/bin/sh
# What becomes of packets: one of each kind from many addresses to two server
# processes, and serverstats -v, which must tell all of them by their reason.
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
command -v python3 >/dev/null || skip "no python3"

a=$TMPDIR/a
N=40
ns_make a b
mkdir -p "$a"
chmod 755 "$a"
echo "7 MD5 secret" >"$a/keys"
chmod 640 "$a/keys"
ours a "$a" "local stratum 5" "allow" "deny 127.6.0.0/16" "serverprocs 2" \
    "keyfile $a/keys" "ratelimit interval 10 burst 8 leak 4 kod 2"
up()
{
	ctl "$a" -c tracking
}
check "up" wait_for 10 up

# counter TEXT: that of serverstats -v
counter()
{
	ctl "$a" serverstats -v | sed -n "s/^$1 *: //p"
}
# is TEXT NUMBER: it comes to that
is_now()
{
	got=$(counter "$1")
	[ "$got" = "$2" ]
}
is()
{
	check "$1" wait_for 2 is_now "$1" "$2"
	[ "$got" = "$2" ] || echo "# $1: $got, not $2"
}

# send.py KIND NET NUMBER [TIMES]: from 127.NET.0.1 .. .NUMBER; what came back
cat >"$TMPDIR/send.py" <<'PY'
import select, socket, struct, sys

kind, net, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
times = int(sys.argv[4]) if len(sys.argv) > 4 else 1
good = bytearray(48)
good[0] = 0x23
good[40:48] = bytes(range(1, 9))

def with_first(first):
    return bytes([first]) + bytes(good[1:])

what = {
    'good': good,
    'short': good[:47],
    'odd': good + bytes(1),
    'long': good + bytes(3000),
    'version': with_first(5 << 3 | 3),
    'mode': with_first(0x26),
    'extension': good + bytes(8),
    'key': good + struct.pack('>I', 8) + bytes(16),
    'mac': good + struct.pack('>I', 7) + bytes(16),
    'group': good,
    'port0': good,
}[kind]
to = '127.255.255.255' if kind == 'group' else '127.0.0.1'
socks = []
for i in range(1, number + 1):
    if kind == 'port0':
        s = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                          socket.IPPROTO_UDP)
        what = struct.pack('>HHHH', 0, 123, 56, 0) + bytes(good)
    else:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.bind(('127.%s.0.%d' % (net, i), 0))
    for k in range(times):
        s.sendto(bytes(what), (to, 123))
    if kind != 'port0':
        socks.append(s)
n = 0
# others than good ones get nothing
while n < number * times:
    ready = select.select(socks, [], [], 2 if kind == 'good' else 0.3)[0]
    if not ready:
        break
    for s in ready:
        n += len(s.recv(2048)) >= 48
print(n)
PY
send()
{
	ns a python3 "$TMPDIR/send.py" "$@"
}

# ---- one of each, from addresses of both processes
was=$(counter "NTP packets read")
check "good ones are answered" [ "$(send good 5 $N)" = $N ]
for kind in short odd long version mode extension key mac port0; do
	check "$kind gets nothing" [ "$(send $kind 5 $N)" = 0 ]
done
check "who is denied gets nothing" [ "$(send good 6 $N)" = 0 ]
is "NTP packets read" $((was + 11 * N))
is "NTP answers" $((was + N))
is "Dropped: too short" $N
is "Dropped: odd length" $N
is "Dropped: too long" $N
is "Dropped: bad version" $N
is "Dropped: not a request" $N
is "Dropped: bad extension" $N
is "Dropped: unknown key" $N
is "Dropped: bad MAC" $N
is "Dropped: bad source" $N
is "Dropped: not allowed" $N
for none in "Dropped: too often" "NTP kisses (RATE)" "Dropped: to a group" \
    "Dropped: no MAC for it" "Dropped: no clock page" \
    "Dropped: clock changed" "Dropped: before a step" \
    "Dropped: queue was full" "NTP answers not sent" "NTP receive errors" \
    "RX timestamps missing" "TX timestamps lost" "XDP answers"; do
	is "$none" 0
done
# chrony's meaning is another one: refused for its rate, or for want of time
check "none of these is chrony's" \
    [ "$(counter "NTP packets dropped")" = 0 ]
# to a group: each of the two sockets gets every packet
check "a group gets nothing" [ "$(send group 5 $N)" = 0 ]
is "Dropped: to a group" $((2 * N))

# ---- too often
answers=$(send good 7 4 100)
limited=$(counter "Dropped: too often")
kisses=$(counter "NTP kisses (RATE)")
echo "# 400 from 4: $answers came back, $limited dropped, $kisses kisses"
check "400 are answered, told or dropped" \
    [ $((answers + limited)) = 400 ]
check "some are dropped" [ "$limited" -ge 100 ]
check "some are told" [ "$kisses" -ge 20 ]
check "chrony counts those that are dropped" \
    [ "$(counter "NTP packets dropped")" = "$limited" ]

# ---- both processes were counted: the share of one is gone with it
all=$(counter "Dropped: too short")
pid=$(server_process a 1)
kill -9 "$pid"
# shellcheck disable=SC2317
restarted()
{
	[ -n "$(server_process a 1)" ] && [ "$(server_process a 1)" != "$pid" ] &&
	    [ -n "$(counter "NTP packets read")" ]
}
check "one process is started again" wait_for 5 restarted
left=$(counter "Dropped: too short")
echo "# of $all the other process had $left"
check "each had some of them" [ "$left" -gt 0 ]
check "and none had all" [ "$left" -lt "$all" ]

# ---- the queue
one=$(server_process a 0)
two=$(server_process a 1)
was=$(counter "Dropped: not allowed")
kill -STOP "$one" "$two"
send good 6 20 1000 >/dev/null
kill -CONT "$one" "$two"
# shellcheck disable=SC2317
all_told()
{
	full=$(counter "Dropped: queue was full")
	seen=$(($(counter "Dropped: not allowed") - was))
	[ $((full + seen)) = 20000 ]
}
check "what was not read is told" wait_for 5 all_told
echo "# of 20000 the queues lost $full"
check "both are there" [ "$full" -gt 0 ]
check "and there" [ "$seen" -gt 0 ]

# ---- answers that cannot be sent, and timestamps that do not come
ip -n "$NS_TAG-b" addr add 10.98.0.1/32 dev lo
ip -n "$NS_TAG-a" route add 10.98.0.1 via 10.99.0.2
cat >"$TMPDIR/late.py" <<'PY'
import socket, sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('10.98.0.1', 0))
s.settimeout(2)
req = bytearray(48)
req[0] = 0x23
req[40:48] = bytes(range(1, 9))
s.sendto(bytes(req), ('10.99.0.1', 123))
r = s.recv(100)
print('answered', flush=True)
sys.stdin.readline()
# interleaved: its last receive timestamp is the origin
req[24:32] = r[32:40]
req[32:40] = bytes(range(11, 19))
s.sendto(bytes(req), ('10.99.0.1', 123))
s.settimeout(0.5)
try:
    s.recv(100)
    print('answered again')
except OSError:
    print('nothing')
PY
mkfifo "$TMPDIR/go"
ns b python3 "$TMPDIR/late.py" <"$TMPDIR/go" >"$TMPDIR/late" 2>&1 &
late=$!
exec 3>"$TMPDIR/go"
check "it is answered while there is a route" \
    wait_for 5 grep -q answered "$TMPDIR/late"
ip -n "$NS_TAG-a" route del 10.98.0.1
echo >&3
exec 3>&-
wait $late
check "and not without one" grep -q nothing "$TMPDIR/late"
is "NTP answers not sent" 1
is "TX timestamps lost" 1

# ---- commands
was=$(counter "Commands dropped")
python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[2])
s.connect(sys.argv[1])
for i in range(5):
    s.send(b"no command")' "$a/run/chronyd.sock" "$a/run/client"
is "Commands dropped" $((was + 5))

# ---- the other formats have the same
ctl "$a" -o json serverstats -v >"$TMPDIR/json"
check "in JSON, and all packets add up" python3 - "$TMPDIR/json" <<'PY'
import json, sys

j = json.load(open(sys.argv[1]))
s = j['server']
dropped = sum(v for k, v in s.items()
              if k.startswith('dropped_') and k != 'dropped_queue_full')
assert s['packets'] == s['answers'] + s['kisses'] + dropped, s
assert s['packets'] > 1000 and j['serverstats']['ntp_packets_received'] > 0
PY
check "metrics" out ctl "$a" -o metrics serverstats -v
check "have them" grep -q '^ntp_server_dropped_denied_total [1-9]' \
    "$TMPDIR/out"
check "chrony's lines alone without -v" \
    [ "$(ctl "$a" serverstats | wc -l)" = 17 ]
finish
