#!/bin/sh
# Several server processes: whose a source address is, one that is killed under
# load, access rules of run time, a reload, and binddevice.
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"

a=$TMPDIR/a
LOAD=$BUILD/regress/bench/ntpload
ns_make a b
mkdir -p "$a"
chmod 755 "$a"

# conf LINE...
conf()
{
	write_conf "$a" "cmdport 0" "local stratum 5" "$@"
}
conf "allow" "serverprocs 3"
start a "$a/log" "$NTPD" -d -x -f "$a/conf"
PARENT=$PID

value()
{
	tr ' ' '\n' <"$TMPDIR/load" | sed -n "s/^$1=//p"
}

# ask FIRST LAST: which of 127.5.0.FIRST.. get an answer, each from two ports
cat >"$TMPDIR/ask.py" <<'EOF'
import select, socket, sys
first, last, to = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
got = {}
socks = []
for i in range(first, last + 1):
    for port in range(2):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.5.0.%d" % i, 0))
        s.sendto(b"\x23" + bytes(39) + b"\1" * 8, (to, 123))
        socks.append((s, i))
        got.setdefault(i, 0)
while True:
    ready = select.select([s for s, i in socks], [], [], 0.7)[0]
    if not ready:
        break
    for s, i in socks:
        if s in ready and len(s.recv(100)) == 48:
            got[i] += 1
    if sum(got.values()) == len(socks):
        break
for i in sorted(got):
    if got[i] == 1:
        print("half", i)
    elif got[i] == 2:
        print(i)
EOF
ask()
{
	ns a python3 "$TMPDIR/ask.py" "$1" "$2" "${3:-127.0.0.1}"
}
# shellcheck disable=SC2317
answers()
{
	[ "$(ask 1 1)" = 1 ]
}
check "it answers" wait_for 10 answers
[ -n "$(server_process a 2)" ]
check "there are three" [ $? = 0 ]
check_not "and not four" [ -n "$(server_process a 3)" ]

# ---- whose is a source? ----
ask 1 100 >"$TMPDIR/all"
check "100 sources are answered" [ "$(wc -l <"$TMPDIR/all")" = 100 ]
for n in 0 1 2; do
	kill -STOP "$(server_process a $n)"
	ask 1 100 >"$TMPDIR/without.$n"
	ask 1 100 127.0.0.9 >"$TMPDIR/again"
	kill -CONT "$(server_process a $n)"
	ask 101 101 >/dev/null		# let it empty its queue
	check_not "a source is in one process" grep half "$TMPDIR/without.$n"
	check "from any port, at any address" cmp "$TMPDIR/without.$n" \
	    "$TMPDIR/again"
	lost=$((100 - $(wc -l <"$TMPDIR/without.$n")))
	echo "# server $n has $lost of 100"
	# drawn by lot: of five million one is not
	check "a fair share" [ $lost -gt 10 ]
	check "not more than that" [ $lost -lt 61 ]
done
sort -n "$TMPDIR"/without.? | uniq -c | awk '$1 != 2' >"$TMPDIR/odd"
check "each belongs to one of them" [ ! -s "$TMPDIR/odd" ]

ask 1 100 >/dev/null	# the queues are empty
before=$(ctl "$a" -c serverstats | cut -d , -f 1)
ask 1 50 >/dev/null
after=$(ctl "$a" -c serverstats | cut -d , -f 1)
check "serverstats counts all of them" [ $((after - before)) = 100 ]

# ---- access rules of run time ----
check "deny by command" ctl "$a" deny 127.5.0.0/26
check "holds everywhere when it is answered" [ -z "$(ask 1 63)" ]
check "and for nobody else" [ "$(ask 64 100 | wc -l)" = 37 ]
pid=$(server_process a 1)
kill -9 "$pid"
# shellcheck disable=SC2317
restarted()
{
	[ -n "$(server_process a 1)" ] && [ "$(server_process a 1)" != "$pid" ]
}
check "a server is started again" wait_for 5 restarted
check "the others answer" [ "$(ask 64 100 | wc -l)" = 37 ]
check "the new one knows the rule" [ -z "$(ask 1 63)" ]
check "the rule is lifted" ctl "$a" allow 127.5.0.0/26
check "everywhere" [ "$(ask 1 100 | wc -l)" = 100 ]

# ---- killed under load ----
# From the sources whose process is known: 10000 a second of 100 sources.
pid=$(server_process a 2)
ns a "$LOAD" -r 10000 -b 127.5.0.1 -s 100 -t 4 -o 2 -w 1024 -l "$TMPDIR/lost" \
    127.0.0.1 123 >"$TMPDIR/load" 2>&1 &
load=$!
sleep 1.5
kill -9 "$pid"
wait $load
echo "# one of three killed: $(cat "$TMPDIR/load")"
check "requests were answered" [ "$(value replies)" -gt 5000 ]
check "there is another process" [ "$(server_process a 2)" != "$pid" ]
share=$((100 - $(wc -l <"$TMPDIR/without.2")))
check "less than 0.1 s of its share is lost" \
    [ "$(value lost)" -lt $((10000 * share / 100 / 10)) ]
sed 's/.*\.//' "$TMPDIR/lost" | sort -u >"$TMPDIR/losers"
sort "$TMPDIR/without.2" | comm -12 - "$TMPDIR/losers" >"$TMPDIR/theirs"
check "and nothing of the others'" [ ! -s "$TMPDIR/theirs" ]
check "no bad answer" [ "$(value bad)" = 0 ]
ns a "$LOAD" -r 20000 -s 200 -t 3 -o 10 127.0.0.1 123 >"$TMPDIR/load" 2>&1 &
load=$!
sleep 1
conf "allow" "serverprocs 3" "deny 192.0.2.0/24" "listen on 127.0.0.1" \
    "listen on 127.0.0.7"
sed -i '/^allow/d' "$a/conf"
echo "allow" >>"$a/conf"
kill -HUP "$PARENT"
wait $load
echo "# reload: $(cat "$TMPDIR/load")"
check "a reload loses nothing" [ "$(value lost)" -lt 3 ]
check "reload done" grep -q 'reload: done' "$a/log"
check "the new address is served by all" \
    [ "$(ask 1 100 127.0.0.7 | wc -l)" = 100 ]
check_not "another one not" [ -n "$(ask 1 10 127.0.0.9)" ]
kill "$PARENT"
wait "$PARENT"

# ---- a limit for prefixes ----
conf "allow" "serverprocs 2" \
    "ratelimit interval 12 burst 5 leak 4 prefix4 24"
start a "$a/log3" "$NTPD" -d -x -f "$a/conf"
PARENT=$PID
# shellcheck disable=SC2317
answers9()
{
	ns a python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.9.9.9", 0))
s.settimeout(2)
s.sendto(b"\x23" + bytes(39) + b"\1" * 8, ("127.0.0.1", 123))
s.recv(100)' 2>/dev/null
}
check "it answers" wait_for 10 answers9
n=$(ask 1 60 | grep -c .)
echo "# $n of 60 sources of one network were answered"
# 5 answers, and one of 16 leaks: 32 would be one run of 10^14
check "the limit is one for the network" [ "$n" -lt 32 ]
kill "$PARENT"
wait "$PARENT"

# ---- a device ----
conf "allow" "serverprocs 2" "binddevice eth0"
start a "$a/log2" "$NTPD" -d -x -f "$a/conf"
# shellcheck disable=SC2317
ask_b()
{
	ns b python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.sendto(b"\x23" + bytes(39) + b"\1" * 8, ("10.99.0.1", 123))
s.recv(100)' 2>/dev/null
}
check "from the device" wait_for 10 ask_b
check_not "not from another" [ -n "$(ask 1 10)" ]
finish
