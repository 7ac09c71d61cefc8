/*
 * The program for the kernel, run by the kernel on packets made here, without
 * an interface: what it answers, byte by byte with both checksums; what it
 * leaves alone; when it has no time to tell; then many packets with random
 * changes, of which every answer must be a good one.
 *
 *	xdp_run answer.bpf
 */
#include <sys/wait.h>

#include <netinet/in.h>

#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/access.h"
#include "common/addr.h"
#include "common/conf.h"
#include "ntpd/xdp/maps.h"
#include "privsep/xdp.h"

#define SEC		1000000000LL
#define RANDOM_RUNS	200000
#define FRAME4		(ETH_HLEN + 20 + 8 + 48)
#define FRAME6		(ETH_HLEN + 40 + 8 + 48)
#define PORT		123
#define DENIED		5	/* of others() */
#define NO_TIME		7	/* of no_time() */

static struct bpf_object	*object;
static struct xdp_times		*times;
static struct xdp_service	*service;
static struct xdp_bound		*list;
static __u64			 number;
static int			 program, failed;

struct packet {
	uint8_t	data[256];
	size_t	len;
};

static int64_t
clock_ns(clockid_t id)
{
	struct timespec	ts;

	clock_gettime(id, &ts);
	return (ts.tv_sec * SEC + ts.tv_nsec);
}

static void
expect(const char *name, int good)
{
	printf("%sok %s\n", good ? "" : "not ", name);
	failed |= !good;
}

static int
map_fd(const char *name)
{
	int	fd = bpf_object__find_map_fd_by_name(object, name);

	if (fd < 0)
		errx(1, "no map %s", name);
	return (fd);
}

/* From now on these rules count. */
static struct access *
allow(const struct conf_access *rules, size_t n)
{
	struct access	*acl = access_new(rules, n);

	if (acl == NULL || xdp_list_publish(service, list, &number, acl) ==
	    -1)
		errx(1, "access list");
	return (acl);
}

static void
allow_ten(void)
{
	struct conf_access	 rules[2] = { { .allow = 1 }, { .allow = 1 } };

	rules[0].net.addr.family = ADDR_INET;
	rules[0].net.addr.ip[0] = 10;
	rules[0].net.bits = 8;
	rules[1].net.addr.family = ADDR_INET6;
	rules[1].net.addr.ip[0] = 0xfd;
	rules[1].net.bits = 16;
	access_free(allow(rules, 2));
}

static void
load(const char *path)
{
	struct xdp_config	 config = { .port = htons(PORT),
				    .mac = { 2, 0, 0, 0, 0, 1 } };
	struct in6_addr		 to6 = { { { 0xfd } } };
	uint32_t		 to4 = htonl(10 << 24 | 2);
	uint8_t			 one = 1;

	libbpf_set_print(NULL);
	if ((object = bpf_object__open(path)) == NULL ||
	    bpf_map__set_initial_value(bpf_object__find_map_by_name(object,
	    ".rodata"), &config, sizeof(config)) != 0)
		errx(1, "%s: cannot be opened", path);
	if (bpf_object__load(object) != 0) {
		printf("the kernel does not take it: no BPF here\n");
		exit(77);
	}
	program = bpf_program__fd(bpf_object__find_program_by_name(object,
	    "ntpd_answer"));
	times = xdp_map(map_fd("times"), sizeof(*times), 1);
	service = xdp_map(map_fd("service"), sizeof(*service), 1);
	list = xdp_map(map_fd("list"), 2 * XDP_LIST_MAX * sizeof(*list), 1);
	to6.s6_addr[15] = 2;
	if (times == NULL || service == NULL || list == NULL ||
	    bpf_map_update_elem(map_fd("local4"), &to4, &one, 0) != 0 ||
	    bpf_map_update_elem(map_fd("local6"), &to6, &one, 0) != 0)
		err(1, "maps");
}

/* A time from now on; tai_off: what the program is to see of a step. */
static void
publish(int64_t age_ns, int64_t tai_off)
{
	struct xdp_time	t;

	memset(&t, 0, sizeof(t));
	t.mono_ns = clock_ns(CLOCK_MONOTONIC);
	t.tai_ahead_ns = clock_ns(CLOCK_TAI) - t.mono_ns + tai_off;
	t.true_ns = clock_ns(CLOCK_REALTIME) - age_ns;
	t.mono_ns -= age_ns;
	t.stratum = 3;
	t.precision_log2 = -24;
	t.noise_mask = 0xff;
	t.root_delay = 0x1234;
	t.root_disp_ns = SEC / 2;
	t.refid = 0x7f7f0101;
	t.reference = 0x1122334455667788ULL;
	xdp_time_publish(times, &t);
}

/* What is in a packet but the last header. */
static void
request(struct packet *p, int version)
{
	static const uint8_t	eth[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0,
				    9 };
	uint8_t			*ip = p->data + ETH_HLEN, *udp, *ntp;

	memset(p, 0, sizeof(*p));
	memcpy(p->data, eth, sizeof(eth));
	p->data[12] = version == 4 ? 0x08 : 0x86;
	p->data[13] = version == 4 ? 0x00 : 0xdd;
	p->len = version == 4 ? FRAME4 : FRAME6;
	if (version == 4) {
		ip[0] = 0x45;
		ip[3] = 76;
		ip[6] = 0x40;		/* do not fragment */
		ip[8] = 7;
		ip[9] = IPPROTO_UDP;
		ip[12] = ip[16] = 10;
		ip[15] = 1;
		ip[19] = 2;
	} else {
		ip[0] = 0x60;
		ip[5] = 56;
		ip[6] = IPPROTO_UDP;
		ip[7] = 7;
		ip[8] = ip[24] = 0xfd;
		ip[23] = 1;
		ip[39] = 2;
	}
	udp = p->data + p->len - 56;
	udp[0] = 0x30;
	udp[1] = 0x39;
	udp[3] = PORT;
	udp[5] = 56;
	udp[6] = 0x55;			/* nobody looks at a wrong sum here */
	ntp = udp + 8;
	ntp[0] = 0x23;
	ntp[2] = 6;
	memcpy(ntp + 40, "transmit", 8);
}

/* What became of it; p has the answer, or what the next one gets. */
static unsigned
run(struct packet *p)
{
	struct packet	out;

	memset(&out, 0, sizeof(out));
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = p->data,
	    .data_size_in = (uint32_t)p->len, .data_out = out.data,
	    .data_size_out = sizeof(out.data), .repeat = 1);
	if (bpf_prog_test_run_opts(program, &opts) != 0)
		err(1, "test run");
	out.len = opts.data_size_out;
	*p = out;
	return (opts.retval);
}

static uint32_t
add(uint32_t sum, const uint8_t *data, size_t len)
{
	size_t	i;

	for (i = 0; i < len; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (sum);
}

/* Are the checksums right, lengths and modes what an answer has? */
static int
is_answer(const struct packet *p)
{
	const uint8_t	*ip = p->data + ETH_HLEN, *udp, *ntp;
	uint32_t	 sum = 56 + IPPROTO_UDP;

	if (p->len != FRAME4 && p->len != FRAME6)
		return (0);
	udp = p->data + p->len - 56;
	ntp = udp + 8;
	if (p->len == FRAME4 && add(0, ip, 20) != 0xffff)
		return (0);
	sum = p->len == FRAME4 ? add(sum, ip + 12, 8) : add(sum, ip + 8, 32);
	return (add(sum, udp, 56) == 0xffff && (udp[6] | udp[7]) != 0 &&
	    udp[0] == 0 && udp[1] == PORT && ntp[0] == 0x24);
}

static int64_t
time_of(const uint8_t *ntp)
{
	uint64_t	ts = 0;
	int		i;

	for (i = 0; i < 8; i++)
		ts = ts << 8 | ntp[i];
	return ((int64_t)((ts >> 32) - 2208988800ULL) * SEC +
	    (int64_t)(((ts & 0xffffffff) * SEC) >> 32));
}

static void
answered(const char *name, int version)
{
	static const uint8_t	fixed[] = { 0x24, 3, 6, 0xe8, 0, 0, 0x12,
	    0x34, 0, 0, 0x80, 0, 127, 127, 1, 1, 0x11, 0x22, 0x33, 0x44,
	    0x55, 0x66, 0x77, 0x88 };
	struct packet	 p, q;
	const uint8_t	*ntp;
	int64_t		 before, after, t;
	uint64_t	 count = xdp_count(service, XDP_COUNT_ANSWERED);

	request(&q, version);
	p = q;
	before = clock_ns(CLOCK_REALTIME);
	expect(name, run(&p) == XDP_TX && p.len == q.len && is_answer(&p));
	after = clock_ns(CLOCK_REALTIME);
	ntp = p.data + p.len - 48;
	expect("its fields", memcmp(ntp, fixed, 16) == 0 &&
	    memcmp(ntp + 16, fixed + 16, 8) == 0 &&
	    memcmp(ntp + 24, "transmit", 8) == 0);
	t = time_of(ntp + 32);
	expect("its times", t >= before - 1000 && t <= after + 1000 &&
	    memcmp(ntp + 32, ntp + 40, 8) != 0 &&
	    time_of(ntp + 40) - t <= 1);
	expect("turned around", memcmp(p.data, q.data + 6, 6) == 0 &&
	    memcmp(p.data + 6, q.data, 6) == 0 &&
	    p.data[p.len - 56 + 2] == 0x30 && (version == 4 ?
	    memcmp(p.data + ETH_HLEN + 12, q.data + ETH_HLEN + 16, 4) == 0 &&
	    memcmp(p.data + ETH_HLEN + 16, q.data + ETH_HLEN + 12, 4) == 0 &&
	    p.data[ETH_HLEN + 8] == 64 :
	    memcmp(p.data + ETH_HLEN + 8, q.data + ETH_HLEN + 24, 16) == 0 &&
	    memcmp(p.data + ETH_HLEN + 24, q.data + ETH_HLEN + 8, 16) == 0 &&
	    p.data[ETH_HLEN + 7] == 64));
	expect("counted", xdp_count(service, XDP_COUNT_ANSWERED) == count + 1);
}

/* One byte of a request is another: not for the program. */
static void
passed_but(const char *name, int version, size_t at, uint8_t value)
{
	struct packet	p, q;

	request(&q, version);
	q.data[at] = value;
	p = q;
	expect(name, run(&p) == XDP_PASS && p.len == q.len &&
	    memcmp(p.data, q.data, q.len) == 0);
}

static void
passed(const char *name)
{
	struct packet	p, q;

	request(&q, 4);
	p = q;
	expect(name, run(&p) == XDP_PASS &&
	    memcmp(p.data, q.data, q.len) == 0);
}

static void
lengths(void)
{
	struct packet	p;
	size_t		len;
	int		good = 1, version;

	for (version = 4; version <= 6; version += 2)
		for (len = ETH_HLEN; len < 200; len++) {
			request(&p, version);
			if (len == p.len)
				continue;
			p.len = len;
			good &= run(&p) == XDP_PASS;
		}
	expect("frames of other lengths", good);
}

static void
no_time(void)
{
	publish(0, 1000000);
	passed("a step backwards that the engine has not seen");
	publish(0, -1000000);
	passed("a step forwards that the engine has not seen");
	publish(XDP_SPAN_NS + SEC, 0);
	passed("a time that is too old");
	publish(-SEC, 0);
	passed("a time of the future");
	publish(0, 0);
	times->slots[times->current].number = 0;
	passed("a time that is being written");
	publish(0, 0);
	times->current = XDP_SLOTS;
	passed("a slot that there is not");
	xdp_time_publish(times, NULL);
	passed("no time");
	publish(XDP_SPAN_NS - SEC, 0);
	answered("a time that is just good enough", 4);
}

static void
others(void)
{
	passed_but("another interface's", 4, 5, 2);
	passed_but("another protocol", 4, 13, 6);
	passed_but("with options", 4, ETH_HLEN, 0x46);
	passed_but("longer than the frame", 4, ETH_HLEN + 3, 77);
	passed_but("a first fragment", 4, ETH_HLEN + 6, 0x20);
	passed_but("a later fragment", 4, ETH_HLEN + 7, 1);
	passed_but("TCP", 4, ETH_HLEN + 9, IPPROTO_TCP);
	passed_but("from who is not allowed", 4, ETH_HLEN + 12, 11);
	passed_but("from a multicast address", 4, ETH_HLEN + 12, 224);
	passed_but("from the loopback", 4, ETH_HLEN + 12, 127);
	passed_but("to another address", 4, ETH_HLEN + 19, 3);
	passed_but("to another port", 4, FRAME4 - 53, 124);
	passed_but("a shorter datagram", 4, FRAME4 - 51, 52);
	passed_but("version 3", 4, FRAME4 - 48, 0x1b);
	passed_but("mode 4", 4, FRAME4 - 48, 0x24);
	passed_but("with an origin", 4, FRAME4 - 17, 1);
	passed_but("with a receive timestamp", 4, FRAME4 - 16, 1);
	passed_but("IPv6 with a header between", 6, ETH_HLEN + 6, 60);
	passed_but("IPv6 from who is not allowed", 6, ETH_HLEN + 9, 1);
	passed_but("IPv6 to another address", 6, ETH_HLEN + 39, 3);
	passed_but("IPv6 without checksum", 6, FRAME6 - 50, 0);
	passed_but("IPv6 from a multicast address", 6, ETH_HLEN + 8, 0xff);
}

static uint64_t
counted(enum xdp_count which)
{
	return (xdp_count(service, which));
}

/* Runs on the n-th processor that we may use: 0, or -1 when there is none. */
static int
run_on(int n)
{
	cpu_set_t	all, one;
	int		cpu;

	if (sched_getaffinity(0, sizeof(all), &all) != 0)
		return (-1);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all) && n-- == 0)
			break;
	CPU_ZERO(&one);
	CPU_SET(cpu % CPU_SETSIZE, &one);
	return (cpu == CPU_SETSIZE ? -1 :
	    sched_setaffinity(0, sizeof(one), &one));
}

/* The time is written over while the program reads it. */
static void
spoilt(void)
{
	struct packet	 p;
	unsigned	 i, dropped = 0;
	pid_t		 writer;

	if ((writer = fork()) == 0) {
		if (run_on(1) == -1)
			_exit(1);
		for (;;)
			__atomic_add_fetch(&times->slots[
			    times->current].number, 1, __ATOMIC_RELAXED);
	}
	run_on(0);
	for (i = 0; i < RANDOM_RUNS && dropped == 0 &&
	    waitpid(writer, NULL, WNOHANG) == 0; i++) {
		request(&p, 4);
		dropped += run(&p) == XDP_DROP;
	}
	if (waitpid(writer, NULL, WNOHANG) != 0) {
		printf("one processor: no time can be written over\n");
		return;
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	expect("half of a time is not sent", dropped == 1);
	expect("and counted", counted(XDP_COUNT_SPOILT) == 1);
}

static void
random_packets(void)
{
	struct packet	p;
	unsigned	i, k, verdict, n[5] = { 0 };
	int		good = 1;

	srandom(1);
	for (i = 0; i < RANDOM_RUNS; i++) {
		request(&p, random() % 2 ? 4 : 6);
		for (k = (unsigned)random() % 4; k > 0; k--)
			p.data[(size_t)random() % p.len] = (uint8_t)random();
		if (i % 1000 == 0)
			publish(0, 0);
		verdict = run(&p);
		n[verdict < 5 ? verdict : 0]++;
		good &= verdict == XDP_PASS ||
		    (verdict == XDP_TX && is_answer(&p));
	}
	printf("%u answered, %u passed on\n", n[XDP_TX], n[XDP_PASS]);
	expect("random packets", good && n[XDP_TX] > RANDOM_RUNS / 8 &&
	    n[XDP_PASS] > RANDOM_RUNS / 8);
}

/* Addresses that differ in few bits, so that prefixes nest and touch. */
static void
random_addr(struct addr *a)
{
	size_t	i, len;

	memset(a, 0, sizeof(*a));
	a->family = random() % 2 ? ADDR_INET : ADDR_INET6;
	len = a->family == ADDR_INET ? 4 : 16;
	for (i = 0; i < len; i++)
		a->ip[i] = (uint8_t)(random() % 4 * 0x55);
	a->ip[0] = (uint8_t)(1 + random() % 100);
}

/* Sources at and beside the bounds of random lists, against the real one. */
static void
random_lists(void)
{
	struct conf_access	 rules[40];
	struct access		*acl;
	struct packet		 p;
	struct addr		 a;
	unsigned		 round, i, n, allowed = 0, denied = 0;
	int			 good = 1;

	for (round = 0; round < 300; round++) {
		n = (unsigned)random() % 40;
		memset(rules, 0, sizeof(rules));
		for (i = 0; i < n; i++) {
			random_addr(&rules[i].net.addr);
			rules[i].net.bits = (uint16_t)(random() %
			    (rules[i].net.addr.family == ADDR_INET ? 33 :
			    129));
			rules[i].allow = random() % 2;
			rules[i].all = random() % 8 == 0;
		}
		acl = allow(rules, n);
		publish(0, 0);
		for (i = 0; i < 100; i++) {
			random_addr(&a);
			if (n > 0 && i % 2)
				a = rules[(unsigned)random() % n].net.addr;
			request(&p, a.family == ADDR_INET ? 4 : 6);
			memcpy(p.data + ETH_HLEN + (a.family == ADDR_INET ?
			    12 : 8), a.ip, a.family == ADDR_INET ? 4 : 16);
			if (access_allows(acl, &a)) {
				allowed++;
				good &= run(&p) == XDP_TX;
			} else {
				denied++;
				good &= run(&p) == XDP_PASS;
			}
		}
		access_free(acl);
	}
	printf("%u allowed, %u denied\n", allowed, denied);
	expect("random lists", good && allowed > 3000 && denied > 3000);
}

/* As long as it can be. */
static void
long_list(void)
{
	size_t			 i, n = XDP_LIST_MAX / 2 - 1;
	struct conf_access	*rules = calloc(n, sizeof(*rules));
	struct access		*acl;
	struct packet		 p;
	int			 good = 1;

	if (rules == NULL)
		err(1, "rules");
	for (i = 0; i < n; i++) {
		rules[i].allow = 1;
		rules[i].net.bits = 32;
		rules[i].net.addr.family = ADDR_INET;
		rules[i].net.addr.ip[0] = 10;
		rules[i].net.addr.ip[1] = (uint8_t)(i >> 15);
		rules[i].net.addr.ip[2] = (uint8_t)(i >> 7);
		rules[i].net.addr.ip[3] = (uint8_t)(i << 1);
	}
	acl = allow(rules, n);
	publish(0, 0);
	for (i = 0; i < n; i += 97) {
		request(&p, 4);
		memcpy(p.data + ETH_HLEN + 12, rules[i].net.addr.ip, 4);
		/* what it is sent to */
		if (memcmp(p.data + ETH_HLEN + 12, p.data + ETH_HLEN + 16,
		    4) == 0)
			continue;
		good &= run(&p) == XDP_TX;
		request(&p, 4);
		memcpy(p.data + ETH_HLEN + 12, rules[i].net.addr.ip, 4);
		p.data[ETH_HLEN + 15] |= 1;
		good &= run(&p) == XDP_PASS;
	}
	expect("a long list", good);
	access_free(acl);
	free(rules);
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		errx(1, "usage: xdp_run answer.bpf");
	load(argv[1]);
	publish(0, 0);
	passed("while there is no list");
	allow_ten();
	answered("IPv4", 4);
	answered("IPv6", 6);
	others();
	expect("who is not allowed is counted",
	    counted(XDP_COUNT_DENIED) == DENIED);
	lengths();
	expect("nothing else is", counted(XDP_COUNT_DENIED) == DENIED &&
	    counted(XDP_COUNT_NO_TIME) == 0);
	no_time();
	expect("what had no time is", counted(XDP_COUNT_NO_TIME) == NO_TIME);
	publish(0, 0);
	spoilt();
	publish(0, 0);
	random_packets();
	random_lists();
	long_list();
	allow_ten();
	publish(0, 0);
	answered("the first list again", 4);
	(void)xdp_list_publish(service, list, &number, NULL);
	passed("when there is no list any more");
	return (failed);
}
