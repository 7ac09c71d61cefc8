#!/bin/sh
# Sockets that a service manager keeps: used in place of our own, and no
# request is lost over a restart.
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"

a=$TMPDIR/a
LOAD=$BUILD/regress/bench/ntpload
ns_make a
mkdir -p "$a/run"
chmod 755 "$a"
chown "nobody:$(id -gn nobody)" "$a/run"
chmod 770 "$a/run"
{
	echo "user nobody"
	echo "bindcmdaddress $a/run/chronyd.sock"
	echo "pidfile $a/pid"
	echo "cmdport 323"
	echo "local stratum 5"
	echo "allow"
	echo "serverprocs \${PROCS}"
} >"$a/conf.in"

# A manager: makes the sockets, starts ntpd with them; ends and starts it anew
# at SIGHUP; says in which second what happened.
cat >"$TMPDIR/manager.py" <<'EOF'
import os, signal, socket, sys, time
copies = int(sys.argv[4])
def udp(family, address, port):
    s = socket.socket(family, socket.SOCK_DGRAM)
    if copies > 1:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind((address, port))
    return s
u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
u.bind(sys.argv[3])
os.chmod(sys.argv[3], 0o666)
socks = [udp(socket.AF_INET, "0.0.0.0", 123) for i in range(copies)] + [
    udp(socket.AF_INET6, "::", 123) for i in range(copies)] + [u,
    udp(socket.AF_INET, "127.0.0.1", 777),
    socket.create_server(("127.0.0.1", 123))]
fds = [os.dup2(s.fileno(), 100 + i) for i, s in enumerate(socks)]
def start():
    pid = os.fork()
    if pid == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        for i, fd in enumerate(fds):
            os.dup2(fd, 3 + i)
        os.environ["LISTEN_PID"] = str(os.getpid())
        os.environ["LISTEN_FDS"] = str(len(fds))
        os.execv(sys.argv[1], [sys.argv[1], "-d", "-x", "-v", "-f",
            sys.argv[2]])
    return pid
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP, signal.SIGTERM])
pid = start()
while True:
    what = signal.sigwait([signal.SIGHUP, signal.SIGTERM])
    os.kill(pid, signal.SIGTERM)
    before = time.monotonic()
    os.waitpid(pid, 0)
    if what == signal.SIGTERM:
        break
    pid = start()
    print("manager: restart after %.3f s" % (time.monotonic() - before),
        flush=True)
EOF

# shellcheck disable=SC2317
answers()
{
	ctl "$a" -c tracking | grep -q ',5,' && ns a python3 -c '
import socket, sys
for f, to in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"):
    s = socket.socket(f, socket.SOCK_DGRAM)
    s.settimeout(2)
    s.sendto(b"\x23" + bytes(39) + b"\1" * 8, (to, 123))
    if s.recv(100)[1] != 5:
        sys.exit(1)' 2>/dev/null
}
value()
{
	tr ' ' '\n' <"$TMPDIR/load" | sed -n "s/^$1=//p"
}
ours_has()
{
	ns a ss -uan | grep -c "$1"
}

# processes, sockets of an address that the manager has
for case in "1 1" "2 1" "2 2"; do
	procs=${case% *}
	copies=${case#* }
	# what is lost must not hold up the others
	window="-o 10 -w 64"
	[ "$procs" = "$copies" ] || window="-o 2 -w 1024"
	rm -f "$a/run/chronyd.sock"
	sed "s/\${PROCS}/$procs/" "$a/conf.in" >"$a/conf"
	start a "$a/log" python3 "$TMPDIR/manager.py" "$NTPD" "$a/conf" \
	    "$a/run/chronyd.sock" "$copies"
	manager=$PID
	check "$case: it answers" wait_for 10 answers
	check "$case: with the sockets that were given" \
	    [ "$(grep -c 'is the one that was given' "$a/log")" = 3 ]
	check "$case: one more only for each process more" \
	    [ "$(ours_has '0.0.0.0:123 ')" = "$procs" ]
	check "$case: what is not wanted is said" grep -q \
	    'given is not used: 127.0.0.1 port 777' "$a/log"
	check "$case: also what is none of UDP" grep -q \
	    'given is not used: 127.0.0.1 port 123' "$a/log"

	# shellcheck disable=SC2086
	ns a "$LOAD" -r 5000 -s 50 -t 5 $window 127.0.0.1 123 \
	    >"$TMPDIR/load" 2>&1 &
	load=$!
	for n in 1 2 3; do
		sleep 1
		kill -HUP "$manager"
	done
	wait $load
	grep 'manager:' "$a/log" | sed 's/^/# /'
	echo "# $case: $(cat "$TMPDIR/load")"
	check "$case: three restarts" \
	    [ "$(grep -c 'manager: restart' "$a/log")" = 3 ]
	check "$case: there were many" [ "$(value sent)" -gt 1000 ]
	if [ "$procs" = "$copies" ]; then
		check "$case: no request is lost" [ "$(value lost)" = 0 ]
	else
		# the second process' socket ends with the daemon
		check "$case: what was in the queue of the second one is lost" \
		    [ "$(value lost)" -lt $(($(value sent) / 4)) ]
	fi
	check "$case: the file of the socket stays" \
	    [ -S "$a/run/chronyd.sock" ]
	kill "$manager"
	wait "$manager"
done
finish
