/*
 * What the program in the kernel that answers plain requests (`xdp', source
 * ntpd/xdp/bpf/answer.c) shares with the processes: memory of two BPF maps,
 * mapped by who writes or reads them, so that nobody needs a system call.
 *
 *	times	engine writes, program reads: true time as a function of
 *		CLOCK_MONOTONIC, for XDP_SPAN_NS
 *	service	program counts, server reads; parent says which list counts
 *	list	parent writes: who is answered
 *
 * The kernel's program has CLOCK_MONOTONIC and CLOCK_TAI, neither REALTIME nor
 * MONOTONIC_RAW.  MONOTONIC runs like REALTIME but is never stepped, so an
 * answer cannot have times from both sides of a step; and TAI - MONOTONIC
 * changes with every step and every sleep, so the program sees one at once and
 * leaves the packets to the server until the engine has looked at it.
 *
 * This header is compiled for the kernel, too: no types of the C library.
 */
#ifndef PRIVSEP_XDP_H
#define PRIVSEP_XDP_H

#include <linux/types.h>

#define XDP_SPAN_NS	4000000000LL	/* a time is good for so long */
#define XDP_STEP_NS	50000		/* of TAI - MONOTONIC: two readings */
#define XDP_SLOTS	16		/* 0: there is no time */
#define XDP_CPUS	64		/* counters, shared beyond that */
#define XDP_LIST_LOG2	17
#define XDP_LIST_MAX	(1 << XDP_LIST_LOG2)	/* bounds of a list */

struct xdp_time {
	__u64	number;			/* 0: being written */
	__s64	mono_ns;		/* the anchor, MONOTONIC */
	__s64	tai_ahead_ns;		/* TAI - MONOTONIC there */
	__s64	true_ns;		/* since 1970 */
	__s64	end_ns;			/* after the anchor, 0..XDP_SPAN_NS */
	__s64	rate;			/* of true time - MONOTONIC until the
					 * end, 2^-50 */
	__s64	rate_after;
	__s64	root_disp_ns;		/* grows, 2^-50 */
	__s64	root_disp_rate;
	__u64	noise_mask;		/* bits of a timestamp below the
					 * precision */
	__u64	reference;		/* NTP time, host order */
	__u32	root_delay;		/* 16.16, host order */
	__u32	refid;			/* host order */
	__u8	stratum;
	__s8	precision_log2;
	__u8	pad[6];
};

struct xdp_times {
	__u32		current;	/* of slots; 0: answer nothing */
	__u32		pad;
	__u64		number;		/* of times written so far */
	struct xdp_time	slots[XDP_SLOTS];	/* one after the other */
};

/* What became of plain requests that are for us. */
enum xdp_count {
	XDP_COUNT_ANSWERED,
	XDP_COUNT_DENIED,		/* left to the server: not allowed */
	XDP_COUNT_NO_TIME,		/* likewise: no good time */
	XDP_COUNT_SPOILT,		/* dropped: the time was written over */
	XDP_COUNTS = 8			/* a line of the cache */
};

/*
 * Where the decision changes, as access_bounds() of common/access.h has it:
 * those of IPv4, then those of IPv6.
 */
struct xdp_bound {
	__u64	hi;
	__u64	lo;
};

struct xdp_family {
	__u32	n;			/* bounds; 0: nobody */
	__u32	first;			/* decision from the first one on */
};

/*
 * There is room for two lists, written in turn, so that the one that counts is
 * never touched; each has a new number, by which the program sees that another
 * one counts meanwhile.
 */
struct xdp_service {
	__u64	current;		/* number of the list; 0: answer nothing
					 * at all */
	struct xdp_family lists[2][2];	/* of odd numbers the second; IPv4,
					 * IPv6 */
	__u64	pad[3];
	struct {
		__u64	counts[XDP_COUNTS];
	} cpus[XDP_CPUS];
};

/* rate (2^-50, at most 2^48) times span_ns (0..2 * XDP_SPAN_NS). */
static inline __s64
xdp_scale(__s64 rate, __s64 span_ns)
{
	return (((rate >> 20) * span_ns >> 30) +
	    ((rate & 0xfffff) * span_ns >> 50));
}

/* True time, age_ns (0..XDP_SPAN_NS) of MONOTONIC after the anchor. */
static inline __s64
xdp_true_ns(const struct xdp_time *t, __s64 age_ns)
{
	if (age_ns < t->end_ns)
		return (t->true_ns + age_ns + xdp_scale(t->rate, age_ns));
	return (t->true_ns + age_ns + xdp_scale(t->rate, t->end_ns) +
	    xdp_scale(t->rate_after, age_ns - t->end_ns));
}

/* Root dispersion as 16.16, rounded up; root_disp_ns fits in it. */
static inline __u32
xdp_root_disp(const struct xdp_time *t, __s64 age_ns)
{
	__u64	ns;

	ns = (__u64)(t->root_disp_ns + xdp_scale(t->root_disp_rate, age_ns));
	ns = ((ns << 16) + 999999999) / 1000000000;
	return (ns > 0xffffffff ? 0xffffffff : (__u32)ns);
}

/* NTP time of ns since 1970, era 0 and what wraps around to it. */
static inline __u64
xdp_ntp_time(__u64 ns)
{
	return (((ns / 1000000000 + 2208988800ULL) << 32) |
	    (((ns % 1000000000) << 32) / 1000000000));
}

#ifndef __bpf__
struct access;
struct clockpage_data;

/* The clocks, all at one instant. */
struct xdp_clocks {
	__s64	raw_ns;
	__s64	real_ns;
	__s64	mono_ns;
	__s64	tai_ns;
};

/*
 * The time of a page for the kernel.  -1 when only the server may answer: the
 * page is not synchronised, announces a leap second, or the clock is not where
 * it expects it.
 */
int	xdp_time_make(struct xdp_time *t, const struct clockpage_data *page,
	    const struct xdp_clocks *now);
/* From now on this time; NULL: none. */
void	xdp_time_publish(struct xdp_times *times, const struct xdp_time *t);
/* How many the program has counted so far. */
__u64	xdp_count(const struct xdp_service *service, enum xdp_count which);
/*
 * This list (NULL: nobody) is the one that counts.  number: of the last one,
 * counted up here; list: room for 2 * XDP_LIST_MAX.  -1: it is too long, and
 * nobody is answered.
 */
int	xdp_list_publish(struct xdp_service *service, struct xdp_bound *list,
	    __u64 *number, const struct access *acl);
/* Maps a map of which fd is the descriptor.  NULL with errno. */
void	*xdp_map(int fd, __u64 len, int writable);
#endif

#endif
