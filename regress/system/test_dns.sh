#!/bin/sh
# Names: a server and a pool by name, a name that does not resolve (yet), and
# a resolv.conf that changes.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
need_peer
command -v dnsmasq >/dev/null || skip "no dnsmasq"

a=$TMPDIR/a
b=$TMPDIR/b
ns_make a b c
n=$NS_TAG-b
mkdir -p "/etc/netns/$n"
# nobody listens there yet
echo "nameserver 10.99.0.3" >"/etc/netns/$n/resolv.conf"
echo "options timeout:1 attempts:1" >>"/etc/netns/$n/resolv.conf"

theirs a "$a" "local stratum 1" "allow" "cmdport 0"
ip -n "$NS_TAG-a" addr add 10.99.0.11/24 dev eth0
ip -n "$NS_TAG-a" addr add 10.99.0.12/24 dev eth0
ip -n "$NS_TAG-a" addr add 10.99.0.13/24 dev eth0

ours b "$b" "server never.invalid iburst" "server time.test iburst" \
    "pool pool.test iburst maxsources 2" \
    "server 10.99.0.1 iburst minpoll 0" "cmdport 0" \
    "allow client.test" "port 1123"

literal()
{
	ctl "$b" -n -c sources | grep -q '^^,\*,10.99.0.1,'
}
check "an unresolvable name delays nothing" wait_for 6 literal
unknown()
{
	ctl "$b" -c activity | grep -qE '^(1,0,0|0,0,1),0,3$'
}
check "three names are unknown" unknown
# says TEXT: what status says of a source
says()
{
	ctl "$b" status | grep -q "^    $1"
}
check "the reason is that nobody answers" says "its name has no answer yet"

printf '%s\n' "host-record=time.test,10.99.0.11" \
    "host-record=pool.test,10.99.0.12" "host-record=pool.test,10.99.0.13" \
    "host-record=pool.test,10.99.0.99" "host-record=client.test,10.99.0.3" "no-resolv" "no-hosts" \
    "local=/test/" "local=/invalid/" "user=root" "pid-file=" >"$TMPDIR/dnsmasq.conf"
ns b sh -c : # the namespace's /etc is bound anew for each command
start a "$TMPDIR/dnsmasq.log" dnsmasq -k -C "$TMPDIR/dnsmasq.conf" \
    --log-facility=-
DNSMASQ=$PID
# the daemon reads the file that it sees, in place
echo "nameserver 10.99.0.1" >"/etc/netns/$n/resolv.conf"
named()
{
	ctl "$b" -n -c sources | grep -q ',10.99.0.11,'
}
check "the changed resolv.conf is noticed, server NAME works" \
    wait_for 40 named
pool()
{
	[ "$(ctl "$b" -n -c sources | wc -l)" = 4 ]
}
check "pool NAME maxsources 2 gives two" wait_for 40 pool
check "one name is still unknown" sh -c \
    "'$NTPCTL' -h '$b/run/chronyd.sock' -c activity | grep -q ',1\$'"
check "the reason is that there is none" wait_for 70 says \
    "DNS knows no address of it; is the name written right?"
# a name in an access rule counts when it is resolved, and nobody else
cat >"$TMPDIR/ask.py" <<'PY'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(0.3)
s.sendto(b'\x23' + bytes(47), ('10.99.0.2', 1123))
try:
    sys.exit(0 if len(s.recv(100)) == 48 else 1)
except socket.timeout:
    sys.exit(1)
PY
check "allow NAME" wait_for 40 ns c python3 "$TMPDIR/ask.py"
check_not "allow NAME allows nobody else" ns a python3 "$TMPDIR/ask.py"

# the dns child is replaced, and names are asked for again
dns_pid()
{
	ip netns pids "$n" | while read -r p; do
		grep -qs 'ntpd: dns' "/proc/$p/cmdline" && echo "$p"
	done | head -1
}
old=$(dns_pid)
check "there is a dns child" [ -n "$old" ]
kill -9 "$old"
replaced()
{
	new=$(dns_pid)
	[ -n "$new" ] && [ "$new" != "$old" ]
}
check "the dns child is replaced" wait_for 5 replaced
# a new answer for the name that nobody knew
printf '%s\n' "host-record=never.invalid,10.99.0.14" \
    >>"$TMPDIR/dnsmasq.conf"
ip -n "$NS_TAG-a" addr add 10.99.0.14/24 dev eth0
kill "$DNSMASQ"
wait "$DNSMASQ" 2>/dev/null
start a "$TMPDIR/dnsmasq.log" dnsmasq -k -C "$TMPDIR/dnsmasq.conf" \
    --log-facility=-
resolved_later()
{
	ctl "$b" -n -c sources | grep -q ',10.99.0.14,'
}
check "the new one resolves what was unknown" wait_for 70 resolved_later
finish
