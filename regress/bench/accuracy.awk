# Tables from the runs of regress/bench/accuracy.sh.  A line: `grid POLL WANDER
# JITTER SEED DAEMON' or `scenario NAME SEED DAEMON', and key=value.
# Over the seeds: rms and the 99.9 % quantile by mean square, max by maximum,
# packets by mean.  A ratio is ours / chronyd: below 1 we are better.

function field(key,	i) {
	for (i = 1; i <= NF; i++)
		if (index($i, key "=") == 1)
			return substr($i, length(key) + 2)
	return 0
}

function add(table, row, daemon,	k) {
	if (!((table, row) in seen)) {
		seen[table, row] = 1
		if (!(table in rows))
			tables[++ntables] = table
		name[table, ++rows[table]] = row
	}
	k = table SUBSEP row SUBSEP daemon
	n[k]++
	rms[k] += field("rms") ^ 2
	p999[k] += field("p999") ^ 2
	packets[k] += field("packets")
	if (field("max") + 0 > max[k])
		max[k] = field("max") + 0
}

$1 == "grid"		{ add($2, sprintf("%-6s %-6s", $3, $4), $6) }
$1 == "scenario"	{ add("scenarios", sprintf("%-13s", $2), $4) }

function ratio(table, what, a, b) {
	if (a <= 0 || b <= 0)
		return 0
	logs[table, what] += log(a / b)
	count[table, what]++
	return a / b
}

function mean(table, what) {
	if (!count[table, what])
		return 0
	return exp(logs[table, what] / count[table, what])
}

function print_row(table, row,	o, c, r) {
	o = table SUBSEP row SUBSEP "ours"
	c = table SUBSEP row SUBSEP "chronyd"
	if (!n[o] || !n[c]) {
		printf "%s  (a run failed)\n", row
		return
	}
	r = ratio(table, "rms", sqrt(rms[o] / n[o]), sqrt(rms[c] / n[c]))
	printf "%s  %.2e  %.2e  %5.2f   %.2e  %.2e  %5.2f", row,
	    sqrt(rms[o] / n[o]), sqrt(rms[c] / n[c]), r,
	    sqrt(p999[o] / n[o]), sqrt(p999[c] / n[c]),
	    ratio(table, "p999", sqrt(p999[o] / n[o]), sqrt(p999[c] / n[c]))
	printf "   %.2e  %.2e   %6d  %6d  %5.2f\n", max[o], max[c],
	    packets[o] / n[o], packets[c] / n[c],
	    ratio(table, "packets", packets[o], packets[c])
	if (r > worst[table]) {
		worst[table] = r
		where[table] = row
	}
}

END {
	for (t = 1; t <= ntables; t++) {
		table = tables[t]
		if (table == "scenarios")
			head = sprintf("%-13s", "scenario")
		else
			head = sprintf("%-6s %-6s", "wander", "jitter")
		printf "\n%s\n%s  %-8s  %-8s  %5s   %-8s  %-8s  %5s", \
		    table == "scenarios" ? "Scenarios" : "Grid, poll " table,
		    head, "rms ours", "chronyd", "ratio", "99.9 % o",
		    "chronyd", "ratio"
		printf "   %-8s  %-8s   %6s  %6s  %5s\n", "max ours",
		    "chronyd", "pkts o", "chrony", "ratio"
		for (i = 1; i <= rows[table]; i++)
			print_row(table, name[table, i])
		printf "geometric means: rms %.3f, 99.9 %% %.3f, packets %.3f; " \
		    "worst rms %.2f (%s)\n", mean(table, "rms"),
		    mean(table, "p999"), mean(table, "packets"), worst[table],
		    where[table]
	}
}
