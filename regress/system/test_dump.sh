#!/bin/sh
# dumpdir: samples are saved by dump and at the end, used by the next daemon
# with -r once the source has answered, and by none without; what was not saved
# by us stays, what is damaged is not used.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
need_peer

ns_make a b
theirs b "$TMPDIR/b" "local stratum 3" "allow"
d=$TMPDIR/a
dumps=$d/dumps
daemon()
{
	rm -f "$d/log"
	ours a "$d" "server 10.99.0.2 iburst minpoll 0 maxpoll 0" \
	    "server 10.99.0.9" "dumpdir $dumps"
}
# another one, with -r
daemon_again()
{
	start a "$d/log" "$NTPD" -d -x -r -f "$d/conf"
}
samples()
{
	ctl "$d" -c -n sourcestats | sed -n 's/^10\.99\.0\.2,//p' |
	    cut -d, -f1
}
has_samples()
{
	[ "$(samples)" -ge "$1" ]
}
end()
{
	kill "$PID"
	wait "$PID"
}

daemon
check "8 samples" wait_for 20 has_samples 8
check "dump" out ctl "$d" dump
check "the file of the source" wait_for 2 test -f "$dumps/10.99.0.2.dat"
check_not "none of one without samples" test -e "$dumps/10.99.0.9.dat"
check "chronyc dump" out "$CHRONYC" -h "$d/run/chronyd.sock" dump
check "it is whole" grep -q '^end$' "$dumps/10.99.0.2.dat"
rm -f "$dumps/10.99.0.2.dat"
end
check "saved at the end" test -f "$dumps/10.99.0.2.dat"
n=$(grep -c '^[0-9]' "$dumps/10.99.0.2.dat")
check "all samples" test "$n" -ge 8
echo chronyd >"$dumps/10.99.0.3.dat"
printf 'ntpd samples 1\nsource 10.99.0.9\nboot 0\nsleep x\n' \
    >"$dumps/10.99.0.9.dat"

daemon_again
check "-r reads them" wait_for 5 grep -q 'Samples of 1 source read' "$d/log"
check "they are used" wait_for 10 grep -q "10.99.0.2: $n samples of before" \
    "$d/log"
check "sourcestats has them" wait_for 5 has_samples 8
check "the damaged one is told" grep -q '10.99.0.9.dat is damaged' "$d/log"
check_not "ours are removed" test -e "$dumps/10.99.0.2.dat"
check "those of others are not" test -e "$dumps/10.99.0.3.dat"
end

# of another start of the computer
sed -i 's/^boot .*/boot 0123-4567/' "$dumps/10.99.0.2.dat"
daemon_again
check "those of another boot are told" wait_for 5 \
    grep -q 'from before this computer was started' "$d/log"
check "and not used" wait_for 5 grep -q 'Samples of 0 sources' "$d/log"
end
daemon
check "without -r" wait_for 10 has_samples 1
check_not "they are removed" test -e "$dumps/10.99.0.2.dat"
check_not "and not read" grep -q 'amples of' "$d/log"
end
finish
