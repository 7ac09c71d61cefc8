#!/bin/sh
# The form of C sources: what of KNF can be told line by line.
. "$(dirname "$0")/lib.sh"

c_files | xargs awk -f regress/lint/style.awk >"$OUT"
finish
