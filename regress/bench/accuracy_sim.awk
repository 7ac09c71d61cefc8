# The grid in the simulator beside what is possible, from the lines that
# regress/bench/accuracy.sh makes; before them those of an earlier benchmark of
# the real thing: where the seeds and the durations of a cell are the same, its
# rms error and the ratio of the two are shown too.

function field(key,	i) {
	for (i = 1; i <= NF; i++)
		if (index($i, key "=") == 1)
			return substr($i, length(key) + 2)
	return 0
}

$1 == "grid" && $6 == "ours" {
	k = $2 SUBSEP $3 SUBSEP $4 SUBSEP $5
	real[k] = field("rms")
	real_duration[k] = field("duration")
}

$1 == "bound" {
	kf[$2, $3] = field("kf")
	dw[$2, $3] = field("dw")
	exact[$2, $3] = field("exact")
}

$1 == "sim" {
	if (!($2 in ncells))
		polls[++npolls] = $2
	k = $2 SUBSEP $3 SUBSEP $4
	if (!(k in n)) {
		cells[$2, ++ncells[$2]] = k
		wander[k] = $3
		jitter[k] = $4
	}
	n[k]++
	sum2[k] += field("rms") ^ 2
	packets[k] += field("packets")
	if (real_duration[k, $5] == field("duration")) {
		both[k]++
		both2[k] += field("rms") ^ 2
		real2[k] += real[k, $5] ^ 2
	}
}

function note(poll, what, x) {
	logs[poll, what] += log(x)
	count[poll, what]++
	if (x > worst[poll, what])
		worst[poll, what] = x
	if (!((poll, what) in least) || x < least[poll, what])
		least[poll, what] = x
	return x
}

function print_cell(poll, k,	b, w, r) {
	b = wander[k] SUBSEP jitter[k]
	r = sqrt(sum2[k] / n[k])
	printf "%-6s %-6s  %.2e   %.2e  %.2e  %.2e   %5.2f  %5.2f  %5.2f   %6d",
	    wander[k], jitter[k], r, kf[b], dw[b], exact[b],
	    note(poll, "kf", r / kf[b]), note(poll, "dw", r / dw[b]),
	    note(poll, "exact", r / exact[b]), packets[k] / n[k]
	if (both[k])
		printf "   %.2e  %5.3f", sqrt(real2[k] / both[k]),
		    note(poll, "real", sqrt(both2[k] / real2[k]))
	printf "\n"
}

function mean(poll, what) {
	return sprintf("%s %.3f (%.2f..%.2f)", what,
	    exp(logs[poll, what] / count[poll, what]), least[poll, what],
	    worst[poll, what])
}

END {
	for (i = 1; i <= npolls; i++) {
		p = polls[i]
		printf "\nGrid, poll %s\n", p
		printf "%-6s %-6s  %-8s   %-8s  %-8s  %-8s   %5s  %5s  %5s",
		    "wander", "jitter", "rms sim", "kf", "dw", "exact", "/kf",
		    "/dw", "/exact"
		printf "   %5s   %-8s  %5s\n", "pkts", "real", "s/r"
		for (c = 1; c <= ncells[p]; c++)
			print_cell(p, cells[p, c])
		printf "geometric means: %s, %s, %s", mean(p, "kf"),
		    mean(p, "dw"), mean(p, "exact")
		if (count[p, "real"])
			printf ", %s", mean(p, "real")
		printf "\n"
	}
}
