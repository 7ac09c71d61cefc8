#!/bin/sh
# Random requests to our server and to Debian's chronyd in the same state: both
# answer the same ones, and with the same but for the time.  Access rules by
# command: both allow the same.
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
need_peer

a=$TMPDIR/a
ns_make b
keys=$TMPDIR/keys
cat >"$keys" <<'EOF2'
1 MD5 abcdefghijkl
2 SHA1 HEX:A6CFC50C9C93AB6E5A19754C246242FC5471BCDF
3 SHA512 HEX:A6CFC50C9C93AB6E5A19754C246242FC5471BCDF
4 SHA384 abcdefghijkl
EOF2
chmod 640 "$keys"
ours b "$a" "local stratum 5" "allow" "port 1123" "cmdport 0" \
    "keyfile $keys" "ratelimit interval -2 burst 255"
theirs b "$TMPDIR/b" "local stratum 5" "allow" "port 1124" "cmdport 0" \
    "keyfile $keys" "ratelimit interval -2 burst 255"
up()
{
	ctl "$a" -c tracking | grep -q ',5,' &&
	    "$CHRONYC" -h "$TMPDIR/b/run/chronyd.sock" -c tracking |
	    grep -q ',5,'
}
check "both are up" wait_for 10 up

cat >"$TMPDIR/ask.py" <<'EOF2'
import hashlib, os, random, select, socket, struct, sys, time

seed = int(sys.argv[1])
random.seed(seed)
PACKETS, BATCH = 4000, 100
MARK = 0xdead000000000000
SHA = bytes.fromhex('A6CFC50C9C93AB6E5A19754C246242FC5471BCDF')
KEYS = {1: (b'abcdefghijkl', 'md5'), 2: (SHA, 'sha1'), 3: (SHA, 'sha512'),
    4: (b'abcdefghijkl', 'sha384'), 5: (b'nobody has it', 'sha1')}
# not those of NTS, which chronyd knows
FIELDS = (0, 2, 0x010a, 0x2005, 0x4321, 0x8002, 0xf323, 0xf324)

def mac(packet, what):
    number = random.choice(list(KEYS))
    key, name = KEYS[number]
    cut = random.choice((None, None, 16, 20, 20, 20, 12, 0, 24, 48))
    digest = hashlib.new(name, key + packet).digest()[:cut]
    if digest and random.random() < .2:
        digest = digest[:-1] + bytes([digest[-1] ^ 1])
    what.append('key %d, cut to %s' % (number, cut))
    return packet + struct.pack('>I', number) + digest

# chronyd is also a passive peer of strangers; we are not
def request(i):
    version = random.choice((0, 1, 2, 3, 3, 4, 4, 4, 4, 5, 6, 7))
    mode = random.choice((3,) * 12 + (0, 2, 3, 4, 5, 6, 7))
    what = ['version %d, mode %d' % (version, mode)]
    p = bytearray(48)
    if random.random() < .2:
        p[1:40] = random.randbytes(39)
    p[0] = random.choice((0, 3)) << 6 | version << 3 | mode
    p[40:48] = struct.pack('>Q', MARK + i)
    p = bytes(p)
    while random.random() < .4:
        n = random.choice((0, 4, 8, 12, 16, 20, 24, 28, 28, 28, 28, 32, 36,
            64, 68, 100, 200))
        p += (struct.pack('>HH', random.choice(FIELDS), n) +
            random.randbytes(200))[:max(n, 4)]
        what.append('field of %d' % n)
    r = random.random()
    if r < .4:
        p = mac(p, what)
    elif r < .5:
        n = random.choice((1, 2, 3, 4, 8, 12, 16, 20, 24, 28, 40, 68, 72,
            76, 100))
        p += bytes(n) if random.random() < .5 else random.randbytes(n)
        what.append('%d bytes more' % n)
    elif r < .55:
        p = p[:random.randrange(48)]
        what.append('cut to %d' % len(p))
    return p, ', '.join(what)

# all but precision, dispersion, timestamps and digest
def fixed(r):
    return r and (len(r), r[0], r[1], r[2], r[4:8].hex(), r[12:16].hex(),
        r[48:52].hex())

servers = (('127.0.0.1', 1123), ('127.0.0.1', 1124))

# each from an address of its own: nobody asks too often
def ask(first, packets, wait=.1):
    s = []
    for k, (p, what) in enumerate(packets):
        s.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        s[k].bind(('127.1.%d.%d' % divmod(first + k, 256), 0))
        s[k].setblocking(False)
        for to in servers:
            s[k].sendto(p, to)
    got = {}
    end = time.monotonic() + wait
    while time.monotonic() < end:
        for x in select.select(s, [], [], .03)[0]:
            r, of = x.recvfrom(4096)
            got[s.index(x), of] = r
            end = time.monotonic() + wait
    for x in s:
        x.close()
    return [[got.get((k, to)) for to in servers] for k in range(len(s))]

answered = signed = 0
different = longer = 0
for first in range(0, PACKETS, BATCH):
    packets = [request(first + k) for k in range(BATCH)]
    answers = ask(first, packets)
    for k, (p, what) in enumerate(packets):
        # one that is late on a busy machine is asked for again
        for wait in .3, 1, 3:
            ours, theirs = answers[k]
            if fixed(ours) == fixed(theirs):
                break
            answers[k] = ask(first + k, [(p, what)], wait)[0]
        ours, theirs = answers[k]
        answered += ours is not None
        signed += ours is not None and len(ours) > 48
        longer += ours is not None and len(ours) > len(p)
        if fixed(ours) != fixed(theirs):
            different += 1
            print('# seed %d: %s: ours %s, theirs %s' % (seed, what,
                fixed(ours), fixed(theirs)))
print(PACKETS, answered, signed, longer, different)
EOF2
ns b python3 "$TMPDIR/ask.py" "$(date +%s)" >"$TMPDIR/asked"
grep '^#' "$TMPDIR/asked" | head -20
# shellcheck disable=SC2046
set -- $(grep -v '^#' "$TMPDIR/asked")
echo "$1 requests, $2 answered, $3 with a MAC, $4 longer, $5 different"
check "many were answered" [ "${2:-0}" -ge 400 ]
check "many with a MAC" [ "${3:-0}" -ge 100 ]
check "no answer is longer than its request" [ "${4:-1}" = 0 ]
check "chronyd answers the same" [ "${5:-1}" = 0 ]

# lengths that are multiples of 4: with others chronyd takes a later rule for
# more specific than it is
python3 - >"$TMPDIR/rules" <<'EOF2'
import random, time
random.seed(int(time.time()))
r = random.randrange
def net():
    kind = r(20)
    if kind < 3:
        return random.choice(('', '10', '10.1', '10.1.2', '0/0', '::/0'))
    if kind < 13:
        return '10.%d.%d.%d/%d' % (r(4), r(4), r(4), 4 * r(9))
    if kind < 15:
        return '10.%d.%d.%d' % (r(4), r(4), r(4))
    return '2001:db8:%x::%x/%d' % (r(4), r(4), 4 * r(33))
for i in range(150):
    print(random.choice(('allow', 'deny')), random.choice(('', '', 'all')),
        net())
    for k in range(5):
        print('accheck', '10.%d.%d.%d' % (r(5), r(4), r(4)) if r(2) else
            '2001:db8:%x::%x' % (r(4), r(4)))
EOF2
"$CHRONYC" -n -h "$a/run/chronyd.sock" <"$TMPDIR/rules" >"$TMPDIR/ours"
"$CHRONYC" -n -h "$TMPDIR/b/run/chronyd.sock" <"$TMPDIR/rules" \
    >"$TMPDIR/theirs"
check "all rules were taken" \
    [ "$(grep -c '^200 OK' "$TMPDIR/ours")" = 150 ]
check "some are allowed, some not" \
    [ "$(sort -u "$TMPDIR/ours" | wc -l)" = 3 ]
check "chronyd allows the same" cmp "$TMPDIR/ours" "$TMPDIR/theirs"
finish
