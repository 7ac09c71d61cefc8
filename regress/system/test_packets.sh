#!/bin/sh
# What the server answers and what it does not: modes, versions, lengths.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"

b=$TMPDIR/b
ns_make a b
ours b "$b" "local stratum 5" "allow 10.99.0.1" "port 1123" \
    "cmdport 0" "clockprecision 0.015625"
up()
{
	ctl "$b" -c tracking
}
check "server is up" wait_for 10 up
cat >"$TMPDIR/ask.py" <<'PY'
import socket, struct, sys

def ask(first, length=48, body=b'', wait=10):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(wait)
    req = bytearray(length)
    if length:
        req[0] = first
    if length >= 48:
        req[40:48] = bytes(range(1, 9))
    s.sendto(bytes(req) + body, ('10.99.0.2', 1123))
    try:
        return s.recv(2048)
    except socket.timeout:
        return None

bad = 0
def expect(name, good):
    global bad
    print(('ok ' if good else 'not ok ') + name)
    bad |= not good

for v in (1, 2, 3, 4):
    r = ask(v << 3 | 3)
    expect('version %d is answered' % v, r is not None and len(r) == 48 and
           r[0] >> 3 & 7 == v and r[0] & 7 == 4 and r[1] == 5 and
           r[24:32] == bytes(range(1, 9)) and r[0] >> 6 == 0)
expect('clockprecision is told', ask(4 << 3 | 3)[3] == 256 - 6)
for m in (1, 2, 4, 5, 6, 7):
    expect('mode %d gets nothing' % m, ask(4 << 3 | m, wait=0.25) is None)
for v in (0, 5, 6, 7):
    expect('version %d gets nothing' % v, ask(v << 3 | 3, wait=0.25) is None)
for n in (0, 1, 12, 47):
    expect('%d bytes get nothing' % n, ask(4 << 3 | 3, n, wait=0.25) is None)
ef = struct.pack('>HH', 0x4321, 28) + bytes(24)
r = ask(4 << 3 | 3, 48, ef)
expect('an unknown extension field is ignored', r is not None and
       len(r) == 48)
expect('a MAC that cannot be checked gets nothing',
       ask(4 << 3 | 3, 48, bytes(20), wait=0.25) is None)
sys.exit(bad)
PY
ns a python3 "$TMPDIR/ask.py" || FAILED=1
finish
