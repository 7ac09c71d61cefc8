#!/bin/sh
# Symmetric keys: ours and Debian's chronyd with every type that both have, as
# server and as client; wrong and missing keys; a file that is bad; rekey.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
need_peer

a=$TMPDIR/a
b=$TMPDIR/b
c=$TMPDIR/c
ns_make a b c
mkdir "$a" "$b" "$c"

# name, number and bits as authdata has them
TYPES="MD5:1:160 SHA1:2:160 SHA256:3:256 SHA384:4:384 SHA512:5:512
    SHA3-224:6:224 SHA3-256:7:256 SHA3-384:8:384 SHA3-512:9:512
    AES128:13:128 AES256:14:256"
keys=$TMPDIR/keys
: >"$keys"
chmod 640 "$keys"
id=100
from_a=
from_b=
for t in $TYPES; do
	id=$((id + 1))
	"$NTPCTL" keygen $id "${t%%:*}" "${t##*:}" >>"$keys"
	ns a ip addr add 10.99.0.$id/24 dev eth0
	ns b ip addr add 10.99.0.$((id + 100))/24 dev eth0
	from_a="$from_a
server 10.99.0.$id key $id iburst minpoll 0 maxpoll 1"
	from_b="$from_b
server 10.99.0.$((id + 100)) key $id iburst minpoll 0 maxpoll 1"
done
# one that the other side has with other bytes, one that it does not have,
# one that nobody has
ns a ip addr add 10.99.0.121/24 dev eth0
ns a ip addr add 10.99.0.122/24 dev eth0
ns a ip addr add 10.99.0.123/24 dev eth0
cp -p "$keys" "$a/keys"
cp -p "$keys" "$b/keys"
cp -p "$keys" "$c/keys"
"$NTPCTL" keygen 121 SHA1 >>"$a/keys"
"$NTPCTL" keygen 121 SHA1 >>"$b/keys"
"$NTPCTL" keygen 122 SHA1 >>"$b/keys"

theirs a "$a" "local stratum 1" "allow" "cmdport 0" "keyfile $a/keys"
ours b "$b" "keyfile $b/keys" "allow" "cmdport 0" "$from_a" \
    "server 10.99.0.121 key 121 iburst minpoll 0 maxpoll 1" \
    "server 10.99.0.122 key 122 iburst minpoll 0 maxpoll 1" \
    "server 10.99.0.123 key 123 iburst minpoll 0 maxpoll 1" \
    "server 10.99.0.1 noselect iburst minpoll 0"
OURS=$PID

# what a command prints, in spite of its exit status
out_is()
{
	want=$1
	shift
	"$@" 2>&1 | grep -q "^$want"
}
out_not()
{
	! "$@" >"$TMPDIR/out" 2>&1
}
# the part of a line of -c sources: reach is not zero
reached()
{
	ctl "$b" -c sources | grep -q "^^,.,10.99.0.$1,[^,]*,[^,]*,[1-9]"
}
id=100
for t in $TYPES; do
	id=$((id + 1))
	name=${t%%:*}
	check "our client, chronyd's server: $name" wait_for 15 reached $id
done
check "our client, without a key" wait_for 10 reached 1
for s in 121 122 123; do
	check_not "not with what server or client lacks ($s)" reached $s
done
ctl "$b" -c authdata >"$TMPDIR/auth"
id=100
for t in $TYPES; do
	id=$((id + 1))
	number=${t#*:}
	check "authdata: ${t%%:*}" grep -q \
	    "^10.99.0.$id,SK,$id,${number%%:*},${t##*:}," "$TMPDIR/auth"
done
check "a key that is missing is told of" \
    grep -q "key 123 of 10.99.0.123 is not in $b/keys" "$b/log"
# with_crypto NAME: the processes in a namespace that map libcrypto
with_crypto()
{
	for p in $(ip netns pids "$NS_TAG-$1"); do
		grep -q libcrypto "/proc/$p/maps" &&
		    basename "$(readlink "/proc/$p/exe")"
	done | sort | tr '\n' ' '
}
check "engine and server alone map libcrypto" \
    [ "$(with_crypto b)" = "ntpd-engine-keys ntpd-server-keys " ]

# chronyd as the client of our server
theirs c "$c" "cmdport 0" "keyfile $c/keys" "$from_b" \
    "server 10.99.0.2 key 130 iburst minpoll 0 maxpoll 1"
"$NTPCTL" keygen 130 SHA1 >>"$c/keys"
from()
{
	"$CHRONYC" -h "$c/run/chronyd.sock" -c sources |
	    grep -q "^^,.,10.99.0.$1,[^,]*,[^,]*,[1-9]"
}
id=200
for t in $TYPES; do
	id=$((id + 1))
	check "chronyd's client, our server: ${t%%:*}" wait_for 15 from $id
done
check_not "not with a key that our server lacks" from 2
auth_hits()
{
	[ "$(ctl "$b" -c serverstats | cut -d , -f 8)" -ge 20 ]
}
check "serverstats counts them" wait_for 10 auth_hits

# rekey: a bad file changes nothing, a good one all at once
cp -p "$b/keys" "$b/good"
echo "131 SHA1 HEX:123" >>"$b/keys"
lines=$(wc -l <"$b/keys")
check "rekey with a bad file fails" out_is "500 Failure" ctl "$b" rekey
check "and says where" grep -q "$b/keys:$lines: bad key: after HEX: an even" \
    "$b/log"
sleep 2
check "the old keys are in use" reached 101
sed "s/^121 .*/$(grep '^121 ' "$a/keys")/; s/^103 SHA256 .*/103 SHA1 0123/" \
    "$b/good" >"$b/keys"
check "rekey with a good one" ctl "$b" rekey
check "the source with the new key is reached" wait_for 15 reached 121
lost()
{
	ctl "$b" -c sources | grep -q "^^,.,10.99.0.$1,[^,]*,[^,]*,0,"
}
check "the source with the old one is lost" wait_for 40 lost 103
lost_from()
{
	"$CHRONYC" -h "$c/run/chronyd.sock" -c sources |
	    grep -q "^^,.,10.99.0.$1,[^,]*,[^,]*,0,"
}
check "and so is our server, for who has the old one" wait_for 40 \
    lost_from 203
check "the short key is told of" grep -q "key 103 has 32 bits" "$b/log"
check "the others go on" reached 101


# SIGHUP reads them, too: the key that was missing is there
"$NTPCTL" keygen 122 SHA1 >"$TMPDIR/new"
cat "$TMPDIR/new" >>"$a/keys"
{ grep -v '^122' "$b/good"; cat "$TMPDIR/new"; } >"$b/keys"
"$CHRONYC" -h "$a/run/chronyd.sock" rekey >"$TMPDIR/out"
kill -HUP "$OURS"
check "a reload reads the keys" wait_for 20 reached 122
mv "$b/keys" "$b/gone"
check "a reload without the file fails" out_not ctl "$b" reload
check "the keys stay" reached 122
mv "$b/gone" "$b/keys"

# rekey under load: every answer is there, and has the right MAC
ns c "$BUILD/regress/bench/ntpload" -r 5000 -t 3 -o 10 \
    -k "102:$b/keys" 10.99.0.2 123 >"$TMPDIR/load" 2>&1 &
load=$!
for _ in 1 2 3 4 5; do
	sleep 0.4
	ctl "$b" rekey >"$TMPDIR/out"
done
wait $load
check "rekey under load loses no answer" grep -q \
    "lost=0 .*bad=0\|bad=0 .*lost=0" "$TMPDIR/load"

# no key in the file: nobody maps libcrypto; the first one starts them anew
kill "$OURS"
wait "$OURS" 2>/dev/null
echo "# nothing yet" >"$b/keys"
ours b "$b" "keyfile $b/keys" "allow" "cmdport 0" \
    "server 10.99.0.101 key 101 iburst minpoll 0" \
    "server 10.99.0.1 iburst minpoll 0"
check "without a key: who needs none is reached" wait_for 15 reached 1
check "who needs one is not selected, and it is said why" out_is \
    ".*replies are not authentic" ctl "$b" status
check "and libcrypto is mapped by nobody" [ -z "$(with_crypto b)" ]
cp "$b/good" "$b/keys"
chmod 644 "$b/keys"
check "rekey" ctl "$b" rekey
check "the first key: the source with it is reached" wait_for 20 reached 101
check "by processes with libcrypto" \
    [ "$(with_crypto b)" = "ntpd-engine-keys ntpd-server-keys " ]
check "that everybody can read the file is told of" \
    grep -q "$b/keys: everybody can read it" "$b/log"
check_not "none of this was a death" grep -q "was ended by\|exited with" \
    "$b/log"
check_not "no key is in the log" grep -q "$(sed -n 's/^101 .*HEX://p' \
    "$keys")" "$b/log"
finish
