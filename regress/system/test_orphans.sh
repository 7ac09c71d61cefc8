#!/bin/sh
# Interleaved mode as client of Debian's chronyd, orphans that find each other
# (one of them chronyd), and broadcasts.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
need_peer

a=$TMPDIR/a
b=$TMPDIR/b
c=$TMPDIR/c
d=$TMPDIR/d
ns_make a b c d

# ---- our client in interleaved mode; every option of `local' is understood
theirs d "$d" "local stratum 1" "allow" "cmdport 0"
THEIRS=$PID
ours a "$a" "server 10.99.0.4 iburst xleave minpoll 0 maxpoll 0" "cmdport 0" \
    "local stratum 8 distance 0.1 activate 0.2 waitsynced 1 waitunsynced 2" \
    "log measurements" "logdir $a/logs"
OURS=$PID
interleaved()
{
	ctl "$a" ntpdata 10.99.0.4 | grep -q '^Interleaved *: Yes'
}
check "our client gets interleaved answers" wait_for 20 interleaved
synced()
{
	"$CHRONYC" -n -h "$a/run/chronyd.sock" -c tracking |
	    grep -q '^0A630004,10.99.0.4,2,'
}
check "and is synchronised by them" wait_for 20 synced
check "chronyd counts them" wait_for 5 sh -c \
    "'$CHRONYC' -h '$d/run/chronyd.sock' serverstats |
    grep -q '^Interleaved NTP packets *: [1-9]'"
check "the log tells their mode" grep -q '4I [KD] [KD]' \
    "$a/logs/measurements.log"
kill "$OURS" "$THEIRS"
wait "$OURS" "$THEIRS"

# ---- orphans: a and b are ours, c is chronyd; nobody has the time
orphan="local stratum 6 orphan"
ours a "$a" "server 10.99.0.2 iburst minpoll 0 maxpoll 0" \
    "server 10.99.0.3 iburst minpoll 0 maxpoll 0" "allow" "cmdport 0" \
    "$orphan waitunsynced 0"
ours b "$b" "server 10.99.0.1 iburst minpoll 0 maxpoll 0" \
    "server 10.99.0.3 iburst minpoll 0 maxpoll 0" "allow" "cmdport 0" \
    "$orphan waitunsynced 0"
theirs c "$c" "server 10.99.0.1 iburst minpoll 0 maxpoll 0" \
    "server 10.99.0.2 iburst minpoll 0 maxpoll 0" "allow" "cmdport 0" \
    "$orphan"
is()
{
	"$CHRONYC" -n -h "$1/run/chronyd.sock" -c tracking | grep -q "$2"
}
check "the lowest address is nobody's client" wait_for 30 \
    is "$a" '^7F7F0101,[^,]*,6,'
check "the other one follows it" wait_for 30 is "$b" '^0A630001,10.99.0.1,7,'
check "chronyd follows it" wait_for 30 is "$c" '^0A630001,10.99.0.1,7,'

# ---- broadcasts
ours d "$d" "local stratum 3" "broadcast 1 10.99.0.255 1123" "cmdport 0"
cat >"$TMPDIR/hear.py" <<'PY'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', 1123))
s.settimeout(10)
for i in range(2):
    r, who = s.recvfrom(2048)
    good = (len(r) == 48 and r[0] == (4 << 3 | 5) and r[1] == 3 and
            who == ('10.99.0.4', 123) and r[24:40] == bytes(16) and
            r[2] == 0)
    if not good:
        print(r, who)
        sys.exit(1)
PY
check "broadcasts come from port 123" ns b python3 "$TMPDIR/hear.py"
finish
