# For the scripts of this folder, which read it: `. regress/lint/lib.sh'.
# They run from the top of the sources, print what is wrong one line each and
# end with `finish'.  $BUILD is the build tree.
# shellcheck shell=sh
cd "${TOP:-$(dirname "$0")/../..}" || exit 1
BUILD=${BUILD:-build}
LC_ALL=C
export LC_ALL
OUT=$(mktemp) || exit 1
trap 'rm -f "$OUT" "$OUT".*' EXIT

# The folders of the program, and every C file of the project.
FOLDERS="common privsep ntpctl ntpd"
c_files()
{
	find $FOLDERS regress -name '*.[ch]' | sort
}

# Objects of the program, without the tests'.
objects()
{
	for d in $FOLDERS; do
		[ -d "$BUILD/obj/$d" ] && find "$BUILD/obj/$d" -name '*.o'
	done | while read -r o; do
		# not those whose source is gone
		c=${o#"$BUILD/obj/"}
		[ -e "${c%.o}.c" ] && echo "$o"
	done | sort
}

# Fails when something was written to $OUT.
finish()
{
	[ -s "$OUT" ] || exit 0
	cat "$OUT"
	exit 1
}
