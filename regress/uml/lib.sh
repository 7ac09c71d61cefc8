# For the host's side of the User-Mode Linux tests: finds the guest kernel, the
# build tree and chronyd.  Read by scripts that have set TOP.
# shellcheck shell=sh

case ${BUILD:=$TOP/build} in
/*)	;;
*)	BUILD=$TOP/$BUILD ;;
esac
export BUILD

# Sets UML, or ends the script as skipped.
need_kernel()
{
	[ -n "${UML:-}" ] && [ -x "$UML" ] && return
	UML=$BUILD/linux-uml
	if [ ! -x "$UML" ] && [ -r "$TOP/../shared/uml/linux.xz" ]; then
		mkdir -p "$BUILD" &&
		    xz -dc "$TOP/../shared/uml/linux.xz" >"$UML.$$" &&
		    chmod 755 "$UML.$$" && mv "$UML.$$" "$UML"
	fi
	[ -x "$UML" ] || UML=/usr/bin/linux
	if [ ! -x "$UML" ]; then
		echo "skip: no UML kernel (set UML=/path/to/linux)"
		exit 77
	fi
	export UML
}

# Sets CHRONYD, or returns 1.
find_chronyd()
{
	for f in "${CHRONYD:-}" "${PEER:-$TOP/build/peer}/usr/sbin/chronyd" \
	    "$(command -v chronyd)" /usr/sbin/chronyd; do
		if [ -n "$f" ] && [ -x "$f" ]; then
			CHRONYD=$f
			return 0
		fi
	done
	return 1
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
