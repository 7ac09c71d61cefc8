#!/bin/sh
# Ten thousand requests a second on each command socket: the sources are asked
# when they would be without, the operator is answered, and one answer takes
# no longer than its way through two processes.
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
command -v python3 >/dev/null || skip "no python3"

a=$TMPDIR/a
b=$TMPDIR/b
ns_make a b
mkdir -p "$a"

# An NTP server that writes down when it was asked.
cat >"$a/server.py" <<'PY'
import socket, struct, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.99.0.1", 123))
with open(sys.argv[1], "w", buffering=1) as out:
    while True:
        q, who = s.recvfrom(512)
        now = time.time()
        out.write("%.6f\n" % time.monotonic())
        t = int((now + 2208988800) * 2**32)
        h = struct.pack("!BBbbII4sQ", 0x24, 1, 0, -20, 0, 0, b"GPS\0",
            t - 2**32)
        s.sendto(h + q[40:48] + struct.pack("!QQ", t, t), who)
PY
start a "$a/log" python3 "$a/server.py" "$a/asked"
ours b "$b" "server 10.99.0.1 minpoll 0 maxpoll 0"
synced()
{
	ctl "$b" -c tracking | grep -q '^0A630001,'
}
check "synchronised" wait_for 20 synced

# load.py SECONDS SOCKET...: tracking requests at 10000/s to each
cat >"$b/load.py" <<'PY'
import os, socket, struct, sys, time
seconds = float(sys.argv[1])
req = struct.pack("!BBBBHHI", 6, 1, 0, 0, 33, 0, 1) + bytes(92)
socks = []
for where in sys.argv[2:]:
    if where.startswith("/"):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        mine = os.path.dirname(where) + "/load.%d.sock" % os.getpid()
        s.bind(mine)
        os.chmod(mine, 0o666)
    else:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        where = (where, 323)
    s.setblocking(False)
    s.connect(where)
    socks.append(s)
sent = answered = refused = 0
begin = time.monotonic()
while True:
    now = time.monotonic() - begin
    if now > seconds:
        break
    while sent < now * 10000:
        for s in socks:
            try:
                s.send(req)
            except OSError:
                refused += 1
        sent += 1
    for s in socks:
        try:
            for i in range(100):
                s.recv(600)
                answered += 1
        except OSError:
            pass
    time.sleep(0.001)
print(sent * len(socks), answered, refused)
PY
# latency.py SOCKET COUNT: ms that one answer takes, that of the fastest tenth: a
# delay that is built in is in them, too, a computer that does something else is
# not
cat >"$b/latency.py" <<'PY'
import os, socket, struct, sys, time
req = struct.pack("!BBBBHHI", 6, 1, 0, 0, 33, 0, 1) + bytes(92)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
mine = os.path.dirname(sys.argv[1]) + "/lat.%d.sock" % os.getpid()
s.bind(mine)
os.chmod(mine, 0o666)
s.settimeout(1)
s.connect(sys.argv[1])
took = []
for i in range(int(sys.argv[2])):
    t = time.monotonic()
    while True:
        s.send(req)
        try:
            s.recv(600)
            break
        except socket.timeout:	# as clients do
            pass
    took.append(time.monotonic() - t)
    time.sleep(0.01)
print("%.3f" % (sorted(took)[len(took) // 10] * 1000))
PY

# off LINE: of the gaps between requests since that line, how far the worst but
# one is off a second, in ms
off()
{
	tail -n "+$1" "$a/asked" | awk 'NR > 1 { d = $1 - last - 1
	    print int(1000 * (d < 0 ? -d : d)) }
	    { last = $1 }' | sort -n | tail -n 2 | head -n 1
}
# polls LINE: how many gaps there were
polls()
{
	echo $(($(wc -l <"$a/asked") - $1))
}
lines()
{
	echo $(($(wc -l <"$a/asked") + 1))
}

# what costs the computer the same, but goes to nobody
from=$(lines)
ns b python3 "$b/load.py" 12 127.0.0.9 127.0.0.9 >/dev/null
calm=$(off "$from")
echo "# without load polls are $calm ms off a second"
check "without load there are polls every second" [ "$(polls "$from")" -ge 8 ]
ms=$(ns b python3 "$b/latency.py" "$b/run/chronyd.sock" 200)
echo "one answer: $ms ms"
check "one answer takes less than 5 ms" awk "BEGIN { exit !($ms < 5) }"
from=$(lines)
ns b python3 "$b/load.py" 12 "$b/run/chronyd.sock" 127.0.0.1 \
    >"$TMPDIR/load" &
load=$!
wait $load
echo "sent, answered, not taken: $(cat "$TMPDIR/load")"
# 4000 a second of each socket fit, if the computer has time for all of them
check "many were answered" awk '{ exit !($2 > 500) }' "$TMPDIR/load"
loaded=$(off "$from")
echo "# with load polls are $loaded ms off a second"
check "with load there are polls every second" [ "$(polls "$from")" -ge 8 ]
check "as punctual as without, or nearly so" \
    [ "$loaded" -le $((calm * 4 + 300)) ]
check "and it is still synchronised" synced
# who floods one socket does not take the others
ns b python3 "$b/load.py" 4 127.0.0.1 >"$TMPDIR/load" &
load=$!
sleep 1
ms=$(ns b python3 "$b/latency.py" "$b/run/chronyd.sock" 50)
echo "one answer while UDP is flooded: $ms ms"
check "the Unix socket answers as fast while UDP is flooded" \
    awk "BEGIN { exit !($ms < 5) }"
check "and so does ntpctl" out ctl "$b" tracking
wait $load
echo "sent, answered, not taken: $(cat "$TMPDIR/load")"
finish
