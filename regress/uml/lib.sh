# For the host's side of the User-Mode Linux tests: finds the guest kernel, the
# build tree and chronyd.  Read by scripts that have set TOP.
# shellcheck shell=sh

case ${BUILD:=$TOP/build} in
/*)	;;
*)	BUILD=$TOP/$BUILD ;;
esac
export BUILD

# unpack_kernel NAME FILE: from the project's surroundings, as FILE
unpack_kernel()
{
	[ ! -x "$2" ] && [ -r "$TOP/../shared/uml/$1" ] || return 0
	mkdir -p "$BUILD" && xz -dc "$TOP/../shared/uml/$1" >"$2.$$" &&
	    chmod 755 "$2.$$" && mv "$2.$$" "$2"
}

# Sets UML, or ends the script as skipped.
need_kernel()
{
	[ -n "${UML:-}" ] && [ -x "$UML" ] && return
	UML=$BUILD/linux-uml
	unpack_kernel linux.xz "$UML"
	[ -x "$UML" ] || UML=/usr/bin/linux
	if [ ! -x "$UML" ]; then
		echo "skip: no UML kernel (set UML=/path/to/linux)"
		exit 77
	fi
	export UML
}

# Sets UML to the kernel whose clock counts in 8 ns, or returns 1.
find_fine_kernel()
{
	if [ -z "${UML_FINE:-}" ]; then
		UML_FINE=$BUILD/linux-uml-fine
		unpack_kernel linux-fine.xz "$UML_FINE"
	fi
	[ -x "$UML_FINE" ] || return 1
	UML=$UML_FINE
	export UML
}

# Sets CHRONYD, or returns 1.  One that was asked for is taken or none.
find_chronyd()
{
	case ${CHRONYD:-} in
	"")	;;
	/*)	[ -x "$CHRONYD" ]
		return ;;
	*)	CHRONYD=$PWD/$CHRONYD
		[ -x "$CHRONYD" ]
		return ;;
	esac
	for f in "${PEER:-$TOP/build/peer}/usr/sbin/chronyd" \
	    "$(command -v chronyd)" /usr/sbin/chronyd; do
		if [ -n "$f" ] && [ -x "$f" ]; then
			CHRONYD=$f
			return 0
		fi
	done
	return 1
}

# Where a guest runs: sets GUEST_CPU, one of ours, and TMPDIR, where its memory
# is a file: in memory, if there is room for two guests.
guest_place()
{
	# shellcheck disable=SC2046
	set -- $(taskset -cp $$ | sed 's/.*: //; s/,.*//; s/^\([0-9]*\)-/\1 /')
	GUEST_CPU=$(($1 + ${UML_CPU:-$$} % (${2:-$1} - $1 + 1)))
	room=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
	[ ! -w /dev/shm ] || [ "${room:-0}" -lt 700000 ] ||
	    export TMPDIR=/dev/shm
}

# A program that the tests need, made if it is not there.
need_program()
{
	[ -x "$BUILD/$1" ] && return
	echo "$BUILD/$1 is missing: make" >&2
	exit 1
}

# value KEY FILE: from a line of key=value
value()
{
	tr ' ' '\n' <"$2" | sed -n "s/^$1=//p"
}
