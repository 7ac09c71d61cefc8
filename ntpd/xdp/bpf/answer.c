/*
 * Answers plain NTP requests where packets come in.  Runs in the kernel, in
 * the driver or behind it (XDP).  It takes only what it can do as well as
 * ntpd-server: a client's request of version 4 without options of any kind,
 * for one of our addresses, from an address that is allowed; all else, and
 * all when there is no good time, is passed on untouched.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "ntpd/xdp/maps.h"
#include "privsep/xdp.h"

#define NTP_LEN		48
#define UDP_LEN		(sizeof(struct udphdr) + NTP_LEN)
#define VERSION_MODE	0x3f		/* of the first byte */
#define REQUEST		(4 << 3 | 3)	/* version 4, client */
#define REPLY		(4 << 3 | 4)
#define HOP_LIMIT	64
#define FRAGMENT	0x3fff		/* not the DF bit */

/* The compiler must not move what it reads of a time beyond here. */
#define BARRIER()	__asm__ volatile("" ::: "memory")

/* As 32-bit words: a frame puts it on a boundary of 2 only. */
struct ntp {
	__u8	flags, stratum, poll;
	__s8	precision;
	__u32	root_delay, root_disp, refid;
	__u32	reference[2], origin[2], receive[2], transmit[2];
};

struct frame4 {
	struct ethhdr	eth;
	struct iphdr	ip;
	struct udphdr	udp;
	struct ntp	ntp;
} __attribute__((__packed__, __aligned__(2)));

struct frame6 {
	struct ethhdr	eth;
	struct ipv6hdr	ip;
	struct udphdr	udp;
	struct ntp	ntp;
} __attribute__((__packed__, __aligned__(2)));

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xdp_times);
} times SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xdp_service);
} service SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * XDP_LIST_MAX);
	__type(key, __u32);
	__type(value, struct xdp_bound);
} list SEC(".maps");

/* Our own addresses that are served. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, XDP_LOCAL_MAX);
	__type(key, __u32);
	__type(value, __u8);
} local4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, XDP_LOCAL_MAX);
	__type(key, struct in6_addr);
	__type(value, __u8);
} local6 SEC(".maps");

const volatile struct xdp_config config;

static __always_inline int
is_for_us(const struct ethhdr *eth)
{
	const volatile __u8 *mac = config.mac;

	/* a bridge or a sniffer sees those of others, too */
	return (eth->h_dest[0] == mac[0] && eth->h_dest[1] == mac[1] &&
	    eth->h_dest[2] == mac[2] && eth->h_dest[3] == mac[3] &&
	    eth->h_dest[4] == mac[4] && eth->h_dest[5] == mac[5]);
}

/* A client that has a server's times in its request may be interleaved. */
static __always_inline int
is_request(const struct udphdr *udp, const struct ntp *ntp)
{
	return (udp->dest == config.port && udp->source != 0 &&
	    udp->len == bpf_htons(UDP_LEN) &&
	    (ntp->flags & VERSION_MODE) == REQUEST &&
	    (ntp->origin[0] | ntp->origin[1] | ntp->receive[0] |
	    ntp->receive[1]) == 0);
}

static __always_inline void
store_time(__u32 *to, __u64 ts)
{
	to[0] = bpf_htonl((__u32)(ts >> 32));
	to[1] = bpf_htonl((__u32)ts);
}

/* The answer in place of the request; 0: there is none. */
static __always_inline int
make_answer(struct ntp *ntp)
{
	const struct xdp_times	*all;
	const struct xdp_time	*t;
	__u64			 mono_ns, number, ts, noise;
	__s64			 age_ns, ahead_ns;
	__u32			 zero = 0, current, root_disp;

	all = bpf_map_lookup_elem(&times, &zero);
	if (all == NULL)
		return (0);
	current = *(const volatile __u32 *)&all->current;
	if (current == 0 || current >= XDP_SLOTS)
		return (0);
	t = &all->slots[current];
	number = *(const volatile __u64 *)&t->number;
	BARRIER();
	mono_ns = bpf_ktime_get_ns();
	ahead_ns = (__s64)(bpf_ktime_get_tai_ns() - mono_ns) -
	    t->tai_ahead_ns;
	age_ns = (__s64)mono_ns - t->mono_ns;
	if (number == 0 || age_ns < 0 || age_ns > XDP_SPAN_NS ||
	    ahead_ns < -XDP_STEP_NS || ahead_ns > XDP_STEP_NS)
		return (0);
	noise = bpf_get_prandom_u32() & t->noise_mask;
	ts = (xdp_ntp_time((__u64)xdp_true_ns(t, age_ns)) & ~t->noise_mask) |
	    noise;
	root_disp = xdp_root_disp(t, age_ns);
	ntp->flags = REPLY;
	ntp->stratum = t->stratum;
	ntp->precision = t->precision_log2;
	ntp->root_delay = bpf_htonl(t->root_delay);
	ntp->root_disp = bpf_htonl(root_disp);
	ntp->refid = bpf_htonl(t->refid);
	store_time(ntp->reference, t->reference);
	ntp->origin[0] = ntp->transmit[0];
	ntp->origin[1] = ntp->transmit[1];
	store_time(ntp->receive, ts);
	/* the two differ, so that an interleaved client can tell them apart */
	store_time(ntp->transmit, ts + 1);
	BARRIER();
	/* written over while it was read: the packet is spoilt, too */
	return (*(const volatile __u64 *)&t->number == number ? 1 : -1);
}

static __always_inline __u16
fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ((__u16)~sum);
}

/* Of ports, length and data; the pseudo header's part is in sum. */
static __always_inline void
finish_udp(struct udphdr *udp, const struct ntp *ntp, __u64 sum)
{
	const __u32	*word = (const __u32 *)ntp;
	__u16		 port = udp->source;
	int		 i;

	udp->source = udp->dest;
	udp->dest = port;
	sum += (__u64)udp->source + udp->dest + 2 * (__u64)udp->len +
	    bpf_htons(IPPROTO_UDP);
#pragma unroll
	for (i = 0; i < NTP_LEN / 4; i++)
		sum += word[i];
	udp->check = fold(sum);
	if (udp->check == 0)
		udp->check = 0xffff;
}

static __always_inline void
turn_around(struct ethhdr *eth)
{
	__u8	mac[ETH_ALEN];

	__builtin_memcpy(mac, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, mac, ETH_ALEN);
}

static __always_inline void
count(struct xdp_service *s, enum xdp_count which)
{
	s->cpus[bpf_get_smp_processor_id() % XDP_CPUS].counts[which]++;
}

/* A request that is left to the server. */
static __always_inline int
leave(struct xdp_service *s, enum xdp_count why)
{
	count(s, why);
	return (XDP_PASS);
}

static __always_inline int
finish(struct xdp_service *s, int made)
{
	count(s, made == -1 ? XDP_COUNT_SPOILT : XDP_COUNT_ANSWERED);
	return (made == -1 ? XDP_DROP : XDP_TX);
}

/*
 * Is the address (left-aligned) in a range that is allowed?  family: 0 IPv4,
 * 1 IPv6.  The list that counts is not written to; one that has changed
 * meanwhile does not, and the server decides.
 */
static __always_inline int
is_allowed(const struct xdp_service *s, int family, __u64 hi, __u64 lo)
{
	__u64			 number, half;
	const struct xdp_bound	*b;
	__u32			 at, n, first, below = 0, index;
	int			 i;

	number = *(const volatile __u64 *)&s->current;
	if (number == 0)
		return (0);
	BARRIER();
	half = number & 1;
	at = (__u32)half * XDP_LIST_MAX;
	if (family == 1)
		at += s->lists[half][0].n;
	n = s->lists[half][family].n;
	first = s->lists[half][family].first;
	/* the last of the bounds that are not above it; the first is 0 */
	for (i = 0; i <= XDP_LIST_LOG2 && n > 1; i++) {
		index = at + below + n / 2;
		b = bpf_map_lookup_elem(&list, &index);
		if (b == NULL)
			return (0);
		if (b->hi < hi || (b->hi == hi && b->lo <= lo))
			below += n / 2;
		n -= n / 2;
	}
	BARRIER();
	return (n == 1 && *(const volatile __u64 *)&s->current == number &&
	    ((first ^ below) & 1));
}

static __always_inline int
is_client4(const struct xdp_service *s, __u32 addr)
{
	__u32	host = bpf_ntohl(addr);
	__u8	first = (__u8)(host >> 24);

	if (first == 0 || first >= 224 || (first == 127 && !config.loopback))
		return (0);
	return (is_allowed(s, 0, (__u64)host << 32, 0));
}

static __always_inline int
answer4(struct xdp_service *s, struct frame4 *f)
{
	struct iphdr	*ip = &f->ip;
	__u32		 addr = ip->daddr;
	__u16		*half = (__u16 *)ip;
	__u64		 sum = 0;
	int		 i, made;

	if (ip->version != 4 || ip->ihl != 5 || ip->protocol != IPPROTO_UDP ||
	    ip->tot_len != bpf_htons(sizeof(*ip) + UDP_LEN) ||
	    (ip->frag_off & bpf_htons(FRAGMENT)) != 0 ||
	    !is_request(&f->udp, &f->ntp) ||
	    (ip->saddr == addr && f->udp.source == f->udp.dest) ||
	    bpf_map_lookup_elem(&local4, &addr) == NULL)
		return (XDP_PASS);
	if (!is_client4(s, ip->saddr))
		return (leave(s, XDP_COUNT_DENIED));
	if ((made = make_answer(&f->ntp)) == 0)
		return (leave(s, XDP_COUNT_NO_TIME));
	ip->daddr = ip->saddr;
	ip->saddr = addr;
	ip->ttl = HOP_LIMIT;
	ip->check = 0;
#pragma unroll
	for (i = 0; i < (int)sizeof(*ip) / 2; i++)
		sum += half[i];
	ip->check = fold(sum);
	finish_udp(&f->udp, &f->ntp, (__u64)ip->saddr + ip->daddr);
	turn_around(&f->eth);
	return (finish(s, made));
}

static __always_inline int
is_client6(const struct xdp_service *s, const struct in6_addr *addr)
{
	const __u32	*w = addr->in6_u.u6_addr32;

	/* multicast, and ::/96 without ::1, which hides other addresses */
	if (addr->in6_u.u6_addr8[0] == 0xff || (w[0] == 0 && !config.loopback))
		return (0);
	return (is_allowed(s, 1, (__u64)bpf_ntohl(w[0]) << 32 |
	    bpf_ntohl(w[1]), (__u64)bpf_ntohl(w[2]) << 32 | bpf_ntohl(w[3])));
}

static __always_inline int
is_same6(const struct in6_addr *a, const struct in6_addr *b)
{
	return (a->in6_u.u6_addr32[0] == b->in6_u.u6_addr32[0] &&
	    a->in6_u.u6_addr32[1] == b->in6_u.u6_addr32[1] &&
	    a->in6_u.u6_addr32[2] == b->in6_u.u6_addr32[2] &&
	    a->in6_u.u6_addr32[3] == b->in6_u.u6_addr32[3]);
}

static __always_inline int
answer6(struct xdp_service *s, struct frame6 *f)
{
	struct ipv6hdr	*ip = &f->ip;
	struct in6_addr	 from = ip->saddr, to = ip->daddr;
	__u64		 sum = 0;
	int		 i, made;

	if (ip->version != 6 || ip->nexthdr != IPPROTO_UDP ||
	    ip->payload_len != bpf_htons(UDP_LEN) ||
	    f->udp.check == 0 || !is_request(&f->udp, &f->ntp) ||
	    (is_same6(&from, &to) && f->udp.source == f->udp.dest) ||
	    bpf_map_lookup_elem(&local6, &to) == NULL)
		return (XDP_PASS);
	if (!is_client6(s, &from))
		return (leave(s, XDP_COUNT_DENIED));
	if ((made = make_answer(&f->ntp)) == 0)
		return (leave(s, XDP_COUNT_NO_TIME));
	ip->saddr = to;
	ip->daddr = from;
	ip->hop_limit = HOP_LIMIT;
#pragma unroll
	for (i = 0; i < 4; i++)
		sum += (__u64)from.in6_u.u6_addr32[i] +
		    to.in6_u.u6_addr32[i];
	finish_udp(&f->udp, &f->ntp, sum);
	turn_around(&f->eth);
	return (finish(s, made));
}

SEC("xdp")
int
ntpd_answer(struct xdp_md *ctx)
{
	void			*data = (void *)(long)ctx->data;
	void			*end = (void *)(long)ctx->data_end, *last;
	const struct ethhdr	*eth = data;
	struct xdp_service	*s;
	__u32			 zero = 0;

	if (data + sizeof(struct frame4) > end || !is_for_us(eth))
		return (XDP_PASS);
	s = bpf_map_lookup_elem(&service, &zero);
	if (s == NULL || *(const volatile __u64 *)&s->current == 0)
		return (XDP_PASS);
	last = data + (eth->h_proto == bpf_htons(ETH_P_IP) ?
	    sizeof(struct frame4) : sizeof(struct frame6));
	if (last != end)
		return (XDP_PASS);
	/* the kernel's verifier does not conclude from == that it is there */
	BARRIER();
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return (answer4(s, data));
	if (eth->h_proto == bpf_htons(ETH_P_IPV6) &&
	    data + sizeof(struct frame6) <=
	    (void *)(long)*(const volatile __u32 *)&ctx->data_end)
		return (answer6(s, data));
	return (XDP_PASS);
}

/* No function of the kernel that is used here asks for another one. */
char answer_license[] SEC("license") = "ISC";
