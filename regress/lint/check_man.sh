#!/bin/sh
# Manual pages, by mandoc.  It looks for the pages that are referred to among
# the installed ones: what it says about that depends on the computer.
. "$(dirname "$0")/lib.sh"

command -v mandoc >/dev/null || {
	echo "skip: no mandoc"
	exit 77
}
mandoc -T lint man/*.[1-9] 2>&1 |
    grep -v -e "referenced manual not found" -e "outdated mandoc.db" >"$OUT"
# those of this project must be there
sed -n 's/^\.Xr \(ntp[^ ]*\) \([1-9]\).*/\1.\2/p' man/*.[1-9] | sort -u |
    while read -r page; do
	[ -e "man/$page" ] || echo "man/$page is referred to, but missing"
done >>"$OUT"
# what a reload does not change, by the table, is said
sed -n '/cannot be changed without a restart/,/^\.Pp/s/^\.Ic \([a-z]*\).*/\1/p' \
    man/ntpd.8 >"$OUT.said"
sed -n '/\.name = /{s/.*\.name = "\([a-z]*\)".*/\1/;h;}
    /CONF_FLAG_RESTART/{g;p;}' common/conf_table.c |
    while read -r name; do
	grep -qx "$name" "$OUT.said" ||
	    echo "man/ntpd.8: $name needs a restart, which is not said"
done >>"$OUT"
finish
