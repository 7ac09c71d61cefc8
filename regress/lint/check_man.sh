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
finish
