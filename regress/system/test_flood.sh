#!/bin/sh
# A flood of garbage, at the full rate of one processor, at the port that is
# served and at the one from which the engine asks its server, some of it with
# that server's address: nothing is answered, the server is asked when it would
# be without, and the time stays what it was.  Nothing is pinned or niced.
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
command -v python3 >/dev/null || skip "no python3"

a=$TMPDIR/a
b=$TMPDIR/b
PORT=12345
ns_make a b c
ip -n "$NS_TAG-c" addr add 10.99.0.103/24 dev eth0
mkdir -p "$a" "$b"

# A server that writes down when it was asked, by the kernel's clock, and what
# else came; and, answered, how wrong the time of 10.99.0.2 is.
cat >"$a/server.py" <<'PY'
import select, socket, struct, sys, time
NTP = 2208988800
def stamps(s):
    s.setsockopt(socket.SOL_SOCKET, 35, 1)     # SO_TIMESTAMPNS
    return s
def receive(s):
    data, control, flags, who = s.recvmsg(2048, 256)
    for level, kind, value in control:
        if level == socket.SOL_SOCKET and kind == 35:
            sec, ns = struct.unpack("qq", value)
            return data, sec + ns * 1e-9, who
    return data, time.time(), who
def ntp(t):
    return int((t + NTP) * 2**32)
s = stamps(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
s.bind(("10.99.0.1", 123))
probe = stamps(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
probe.bind(("10.99.0.1", 0))
out = open(sys.argv[1], "w", buffering=1)
port = int(sys.argv[2])
next = 0
while True:
    for r in select.select([s, probe], [], [], 0.1)[0]:
        data, came, who = receive(r)
        if r is probe:
            rx, tx = struct.unpack("!QQ", data[32:48])
            if data[0] >> 6 != 3:
                # it was received and sent at some time in between
                early = sent - (rx / 2**32 - NTP)
                late = tx / 2**32 - NTP - came
                out.write("wrong %.6f\n" % max(early, late, 0))
        elif len(data) >= 48 and data[0] & 7 == 3 and who[1] == port:
            h = struct.pack("!BBbbII4sQ", 0x24, 1, 0, -20, 0, 0, b"GPS\0",
                ntp(came) - 2**32)
            s.sendto(h + data[40:48] + struct.pack("!QQ", ntp(came),
                ntp(time.time())), who)
            out.write("asked %.6f\n" % came)
        else:
            out.write("garbage\n")
    if time.monotonic() >= next:
        sent = time.time()
        probe.sendto(b"\x23" + bytes(39) + b"\1" * 8, ("10.99.0.2", 123))
        next = time.monotonic() + 0.1
PY
start a "$a/log" python3 "$a/server.py" "$a/seen" $PORT
for n in 1 2 3; do
	echo "$n MD5 HEX:00112233445566778899aabbccddeeff0$n"
done >"$b/keys"
chmod 600 "$b/keys"
ours b "$b" "server 10.99.0.1 iburst minpoll -2 maxpoll -2" "keyfile $b/keys" \
    "acquisitionport $PORT" "allow 10.99.0.0/24" "deny 10.99.0.103" \
    "logdir $b/logs" "log rawmeasurements"

tracking()
{
	ctl "$b" -c tracking
}
synced()
{
	tracking | grep -q '^0A630001,.*,Normal$'
}
reached()
{
	ctl "$b" -c sources | grep -q '^^,\*,10.99.0.1,1,-2,377,'
}
selected()
{
	ctl "$b" -c sources | grep -q '^^,\*,10.99.0.1,'
}
only_answers()
{
	ctl "$b" ntpdata | awk -F: '$1 ~ /^Total TX/ { tx = $2 }
	    $1 ~ /^Total RX/ { rx = $2 } END { exit !(rx > 0 && rx <= tx) }'
}
lines()
{
	wc -l <"$1" | tr -d ' '
}
# packets that the kernel got for the daemon
arrived()
{
	ns b cat /proc/net/snmp | awk '$1 == "Ip:" && $4 ~ /^[0-9]/ {
	    print $4 }'
}

# phase NAME: what is seen in four seconds, as figures
phase()
{
	seen=$(($(lines "$a/seen") + 1))
	replied=$(($(lines "$b/logs/measurements.log") + 1))
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		sleep 0.4
		tracking
	done >"$TMPDIR/tracking"
	tail -n "+$seen" "$a/seen" >"$TMPDIR/seen"
	{
		# what the daemon says: the largest offset and bound in us,
		# and how often that was not good
		awk -F, '{ e = $5 < 0 ? -$5 : $5; b = $11 / 2 + $12
		    if (e > max) max = e; if (b > bound) bound = b
		    bad += e > b || $1 != "0A630001" || $NF != "Normal" }
		    END { printf "told=%d offset=%d bound=%d bad=%d ", NR,
		    max * 1e6, bound * 1e6, bad }' "$TMPDIR/tracking"
		# what the server sees: gaps between requests in ms
		awk '$1 == "asked" { if (last) print ($2 - last) * 1e3
		    last = $2 }' "$TMPDIR/seen" | sort -n |
		    awk '{ g[NR] = $1; sum += $1 }
		    END { printf "asked=%d least=%d median=%d mean=%d most=%d ",
		    NR, g[1], g[int((NR + 1) / 2)], sum / (NR ? NR : 1),
		    g[NR] }'
		# the replies that came, whatever their delays are good for
		printf 'replied=%d ' "$(tail -n "+$replied" \
		    "$b/logs/measurements.log" | grep -c ' 10.99.0.1 ')"
		# the largest error of what is served in us, and what was sent
		# to the server but requests
		awk '$1 == "wrong" { n++; if ($2 > max) max = $2 }
		    $1 == "garbage" { g++ }
		    END { printf "served=%d wrong=%d garbage=%d\n", n,
		    max * 1e6, g }' "$TMPDIR/seen"
	} >"$TMPDIR/figures.$1"
	echo "# $1: $(cat "$TMPDIR/figures.$1")"
}
# of NAME FIGURE
of()
{
	tr ' ' '\n' <"$TMPDIR/figures.$1" | sed -n "s/^$2=//p"
}

# flooded NAME WHAT OPTION...: the same during a flood; the limits are for a
# computer that is slow and has others to work for
flooded()
{
	name=$1
	what=$2
	shift 2
	before=$(arrived)
	rm -f "$TMPDIR/enough"
	ns c "$BUILD/regress/system/flood" "$@" "$TMPDIR/enough" 10.99.0.3 \
	    10.99.0.103 10.99.0.1 10.99.0.2 $PORT >"$TMPDIR/flood" 2>&1 &
	flood=$!
	sleep 0.3
	phase "$name"
	: >"$TMPDIR/enough"
	check "$what: the source is not lost" selected
	check "$what: the engine has read nothing but answers" only_answers
	wait $flood
	echo "# $(cat "$TMPDIR/flood")"
	cat "$TMPDIR/flood" >>"$TMPDIR/figures.$name"
	check "$what: that was a flood" [ "$(of "$name" sent)" -gt 10000 ]
	check "$what: and it came" \
	    [ $((($(arrived) - before) * 5)) -ge $(($(of "$name" sent) * 4)) ]
	check "$what: nothing of it is answered" [ "$(of "$name" replies)" = 0 ]
	check "$what: nor is the server sent anything" \
	    [ "$(of "$name" garbage)" = 0 ]
	check "$what: the server is asked" [ "$(of "$name" asked)" -ge 8 ]
	check "$what: as often" \
	    [ "$(of "$name" mean)" -lt $(($(of quiet mean) + 100)) ]
	check "$what: at the same intervals" \
	    [ "$(of "$name" median)" -lt $(($(of quiet median) + 50)) ]
	check "$what: and its answers come" \
	    [ $(($(of "$name" replied) * 5)) -ge $(($(of "$name" asked) * 4)) ]
	check "$what: control answers" [ "$(of "$name" told)" = 10 ]
	check "$what: always synchronised and within its bound" \
	    [ "$(of "$name" bad)" = 0 ]
	check "$what: the time is right" [ "$(of "$name" offset)" -lt 500 ]
	check "$what: the bound is no wider" \
	    [ "$(of "$name" bound)" -lt $((2 * $(of quiet bound) + 500)) ]
	check "$what: others are served" [ "$(of "$name" served)" -gt 0 ]
	check "$what: with the right time" [ "$(of "$name" wrong)" -lt 500 ]
}

check "synchronised" wait_for 60 synced
check "every request was answered" wait_for 60 reached
phase quiet
check "without a flood it is asked four times a second" \
    [ "$(of quiet asked)" -gt 12 ]
check "and answers" [ "$(of quiet replied)" -gt 12 ]
flooded all "garbage of all kinds"
flooded answers "what seems to be answers" -a
finish
