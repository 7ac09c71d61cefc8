#!/bin/sh
# The log and the measurement logs: columns as chronyd writes them in the same
# run, headers, rotation without a lost line, and a letter by mailonchange.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
need_peer
command -v python3 >/dev/null || skip "no python3"

a=$TMPDIR/a
b=$TMPDIR/b
c=$TMPDIR/c
ns_make a b c

# a: chronyd whose time is 100 s ahead; b: ours, c: chronyd, both follow it
theirs a "$a" "local stratum 1" "allow" "cmdport 0" "manual"
check "the server runs" wait_for 5 "$CHRONYC" -h "$a/run/chronyd.sock" tracking
when=$(date -d '+100 seconds' '+%b %d, %Y %H:%M:%S')
# what it says now is right; it takes it as its time, exact to a second
check "the server is set 100 s ahead" out "$CHRONYC" \
    -h "$a/run/chronyd.sock" "settime $when"

# a mail server that takes one letter
cat >"$TMPDIR/smtp.py" <<'EOF'
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 25))
s.listen(1)
open(sys.argv[2], "w").close()
c = s.accept()[0]
f = c.makefile("rwb", 0)
f.write(b"220-here\r\n220 ready\r\n")
out = open(sys.argv[1], "wb", 0)
text = False
while True:
    line = f.readline()
    if not line:
        break
    out.write(line)
    if text:
        text = line != b".\r\n"
        if text:
            continue
        f.write(b"250 taken\r\n")
    elif line.startswith(b"DATA"):
        text = True
        f.write(b"354 go on\r\n")
    elif line.startswith(b"QUIT"):
        f.write(b"221 bye\r\n")
    else:
        f.write(b"250 good\r\n")
EOF
start b "$TMPDIR/smtp.log" python3 "$TMPDIR/smtp.py" "$TMPDIR/letter" \
    "$TMPDIR/smtp.ready"
check "the mail server runs" wait_for 10 [ -e "$TMPDIR/smtp.ready" ]

# our lines go to a file, whatever is said on the standard error
ours()
{
	mkdir -p "$b"
	chmod 755 "$b"
	{
		echo "bindcmdaddress $b/run/chronyd.sock"
		echo "pidfile $b/pid"
		for l in "$@"; do
			echo "$l"
		done
	} >"$b/conf"
	start b "$b/stderr" "$NTPD" -d -x -l "$b/log" -L 0 -f "$b/conf"
}
ours "server 10.99.0.1 iburst minpoll 0 maxpoll 0" \
    "log measurements statistics tracking selection" "logdir $b/logs" \
    "logbanner 5" "mailonchange root 0.5" "makestep 1 3"
OURS=$PID
theirs c "$c" "server 10.99.0.1 iburst minpoll 0 maxpoll 0" "cmdport 0" \
    "log measurements statistics tracking" "logdir $c/logs" "makestep 1 3"

mail_sent()
{
	grep -q 'Mail sent to root' "$b/log"
}
check "a letter is sent" wait_for 20 mail_sent
tr -d '\r' <"$TMPDIR/letter" >"$TMPDIR/text"
for line in '^MAIL FROM:<root@' '^RCPT TO:<root@localhost>$' '^DATA$' \
    '^Subject: The clock of .* was wrong by \(9[0-9]\|100\)\.[0-9]\{3\} seconds$' \
    '^ntpd found that clock .* seconds behind true time\.$' '^\.$'; do
	check "letter: $line" grep -q "$line" "$TMPDIR/text"
done
gone()
{
	! ip netns pids "$NS_TAG-b" | xargs ps -o args= -p |
	    grep -q 'ntpd: mail'
}
check "ntpd-mail has ended" wait_for 5 gone

entries()
{
	cat "$@" | grep -c '^[0-9]'
}
enough()
{
	[ "$(entries "$b/logs/$1.log")" -ge 8 ] &&
	    { [ "$1" = selection ] || [ "$(entries "$c/logs/$1.log")" -ge 5 ]; }
}
# Where the columns end; the sign of a number belongs to its blanks.
columns()
{
	grep '^[0-9]' "$1" | tail -n 3 | sed 's/ -\([0-9]\)/  \1/g' | awk '{
		line = ""
		for (i = 2; i <= length($0) + 1; i++)
			if (substr($0, i, 1) ~ /^ ?$/ &&
			    substr($0, i - 1, 1) != " ")
				line = line " " i
		print line
	}' | sort -u
}
for f in measurements statistics tracking; do
	check "$f.log grows" wait_for 20 enough $f
	head -n 3 "$b/logs/$f.log" >"$TMPDIR/ours"
	head -n 3 "$c/logs/$f.log" >"$TMPDIR/theirs"
	check "$f.log: chronyd's header" cmp "$TMPDIR/ours" "$TMPDIR/theirs"
	columns "$b/logs/$f.log" >"$TMPDIR/ours"
	columns "$c/logs/$f.log" >"$TMPDIR/theirs"
	check "$f.log: one form of line" [ "$(wc -l <"$TMPDIR/ours")" = 1 ]
	check "$f.log: chronyd's columns" cmp "$TMPDIR/ours" "$TMPDIR/theirs"
	check "$f.log: a header every 5 entries" awk '
	    /^ *Date/ { if (n > 0 && e != 5) exit bad = 1; n++; e = 0 }
	    /^[0-9]/ { e++ } END { exit bad || n < 2 }' "$b/logs/$f.log"
done
check "selection.log: 10 fields, selected" awk '/^[0-9]/ {
    if (NF != 10 || $4 != "*" || $5 != "-----" || $9 > $10) exit bad = 1; n++ }
    END { exit bad || n < 1 }' "$b/logs/selection.log"
# the same signs while the clock was 100 s behind
sign()
{
	awk -v f="$2" '/^[0-9]/ && ($f > 90 || $f < -90) {
	    print $f < 0 ? "-" : "+"; exit }' "$1"
}
for x in measurements:12 statistics:5 tracking:7; do
	f=${x%:*}
	check "$f.log: chronyd's sign of the offset" \
	    [ "$(sign "$b/logs/$f.log" "${x#*:}")$f" = \
	    "$(sign "$c/logs/$f.log" "${x#*:}")$f" ]
done

# rotation: statistics.log stays and has a line for each of the others'
for i in 1 2 3; do
	mv "$b/logs/measurements.log" "$b/logs/measurements.log.$i"
	sleep 0.$((i * 3))
	if [ $i = 2 ]; then
		check "cyclelogs" out "$CHRONYC" -h "$b/run/chronyd.sock" \
		    cyclelogs
	else
		kill -USR1 "$(cat "$b/pid")"
	fi
	again()
	{
		[ "$(entries "$b/logs/measurements.log")" -ge 1 ]
	}
	check "rotation $i: a new file" wait_for 5 again
	check "rotation $i: it begins with a header" \
	    [ "$(head -c 3 "$b/logs/measurements.log")" = "===" ]
done
mv "$b/log" "$b/log.1"
kill -USR1 "$(cat "$b/pid")"
check "-l: a new file" wait_for 5 [ -e "$b/log" ]
kill "$OURS"
wait "$OURS"
check "-l: the last line is in it" grep -q 'Z ntpd exiting$' "$b/log"
check_not "-l: and not in the old one" grep -q 'ntpd exiting' "$b/log.1"
cat "$b/log.1" >>"$b/log"
check "no line is lost" [ "$(entries "$b"/logs/measurements.log*)" = \
    "$(entries "$b/logs/statistics.log")" ]

# one line for each thing that happened
for line in 'Selected source 10.99.0.1' 'System clock wrong by' \
    'System clock was stepped by'; do
	check "log: $line once" [ "$(grep -c "$line" "$b/log")" = 1 ]
done
check "log: no more than it takes" [ "$(wc -l <"$b/log")" -lt 12 ]

# the mail server took one letter and is gone
mv "$b/log" "$b/log.1"
ours "server 10.99.0.1 iburst minpoll 0 maxpoll 0" "mailonchange root 0.5"
no_mail()
{
	grep -q 'cannot send mail to root: port 25 .*: Connection refused' \
	    "$b/log"
}
check "no mail server: it is said" wait_for 20 no_mail
check "and ntpd goes on" ctl "$b" tracking
check "no mail server: it is said once" \
    [ "$(grep -c 'cannot send mail' "$b/log")" = 1 ]
[ $FAILED = 0 ] || cat "$b/log"
finish
