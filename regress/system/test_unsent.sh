#!/bin/sh
# An answer that cannot be sent, in one batch with answers of interleaved mode:
# these clients must have that mode again afterwards.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
command -v python3 >/dev/null || skip "no python3"

b=$TMPDIR/b
ns_make a b
ns a ip addr add 10.99.0.66/24 dev eth0
ours b "$b" "local stratum 5" "allow"
up()
{
	ctl "$b" -c tracking
}
check "up" wait_for 10 up
# it hears this one but has no way back
ns b ip route add prohibit 10.99.0.66/32
ns b sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0
server=$(ip netns pids "$NS_TAG-b" | while read -r p; do
	tr '\0' ' ' <"/proc/$p/cmdline" | grep -q 'ntpd: server' && echo "$p"
done)
cat >"$TMPDIR/ask.py" <<'PY'
import os, signal, socket, sys, time
server = int(sys.argv[1])
def sock(frm):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(20)
    s.bind((frm, 0))
    return s
one, lost = sock("10.99.0.1"), sock('10.99.0.66')
count = 0
last = bytes(8)
def request():
    global count
    count += 1
    # the origin is the server's receive timestamp, the two others differ
    return (b'\x23' + bytes(23) + last + count.to_bytes(8, 'big') +
            (1000 + count).to_bytes(8, 'big'))
def answer():
    global last
    r = one.recv(512)
    last = r[32:40]
    # interleaved: the origin is the request's receive timestamp
    return int.from_bytes(r[24:32], 'big') < 1000
def ask():
    one.sendto(request(), ('10.99.0.2', 123))
    return answer()
ask()
ask()
assert any(ask() for i in range(3)), 'not interleaved'
os.kill(server, signal.SIGSTOP)
while open("/proc/%d/stat" % server).read().rsplit(")", 1)[1].split()[0] != "T":
    time.sleep(0.01)
lost.sendto(b'\x23' + bytes(47), ('10.99.0.2', 123))
one.sendto(request(), ('10.99.0.2', 123))
time.sleep(0.1)
os.kill(server, signal.SIGCONT)
answer()
assert any([ask() for i in range(6)][2:]), 'interleaved no more'
PY
check "interleaved after an answer that was not sent" \
    ns a python3 "$TMPDIR/ask.py" "$server"
finish
