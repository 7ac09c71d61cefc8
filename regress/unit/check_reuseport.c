/*
 * Several sockets of one address: on loopback, each source address always
 * reaches the same one, all of them get their share, and nobody else gets in.
 * beside: no
 */
#include <sys/resource.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <linux/filter.h>

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/addr.h"
#include "ntpd/launcher/reuseport.h"
#include "ntpd/launcher/sockets.h"
#include "regress/unit/unit.h"

#define MEMBERS		4
#define SOURCES		100

/* A socket that shares where it can, as other time services make theirs. */
static int
stranger(const struct addr *addr, int *error)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(addr, &ss);
	int fd, on = 1;

	fd = socket(ss.ss_family, SOCK_DGRAM, 0);
	ck_assert_int_ne(fd, -1);
	if (ss.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	*error = bind(fd, (struct sockaddr *)&ss, len) == -1 ? errno : 0;
	return (fd);
}

static struct addr
address(const char *text, uint16_t port)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	a.port = port;
	return (a);
}

/* A port that is free for this address. */
static uint16_t
free_port(const char *text)
{
	struct addr a = address(text, 0);
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int error, fd;

	fd = stranger(&a, &error);
	ck_assert_int_eq(error, 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	ck_assert_int_eq(addr_from_sockaddr((struct sockaddr *)&ss, len, &a),
	    0);
	close(fd);
	return (a.port);
}

static struct msg_socket
group(const char *text, uint16_t port, uint32_t members, uint32_t prefix)
{
	struct msg_socket what;

	memset(&what, 0, sizeof(what));
	what.kind = SOCKET_NTP;
	what.addr = address(text, port);
	what.members = members;
	what.prefix = prefix;
	return (what);
}

/* Which of them has got a packet; it is read. */
static unsigned
receiver(const int *fds)
{
	struct pollfd p[MEMBERS];
	unsigned i, who = MEMBERS;
	char buf[16];

	for (i = 0; i < MEMBERS; i++) {
		p[i].fd = fds[i];
		p[i].events = POLLIN;
	}
	ck_assert_int_eq(poll(p, MEMBERS, 20000), 1);
	for (i = 0; i < MEMBERS; i++)
		if (p[i].revents != 0)
			who = i;
	ck_assert_int_eq(recv(fds[who], buf, sizeof(buf), 0), 4);
	return (who);
}

/* From a new port of that source each time. */
static unsigned
send_from(const struct addr *from, const struct addr *to, const int *fds)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd;

	len = addr_to_sockaddr(from, &ss);
	fd = socket(ss.ss_family, SOCK_DGRAM, 0);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&ss, len), 0);
	len = addr_to_sockaddr(to, &ss);
	ck_assert_int_eq(sendto(fd, "ntp\n", 4, 0, (struct sockaddr *)&ss,
	    len), 4);
	close(fd);
	return (receiver(fds));
}

static void
get_members(struct sockets *s, uint32_t index, int *fds)
{
	uint32_t i;

	for (i = 0; i < MEMBERS; i++) {
		fds[i] = sockets_dup(s, index, i);
		ck_assert_int_ne(fds[i], -1);
	}
	ck_assert_int_eq(sockets_dup(s, index, MEMBERS), -1);
	ck_assert_int_eq(errno, EBADF);
}

static void
close_members(const int *fds)
{
	unsigned i;

	for (i = 0; i < MEMBERS; i++)
		close(fds[i]);
}

/* Of SOURCES sources: how many each of so many sockets gets. */
static void
count_sources(const struct msg_socket *what, const int *fds, unsigned *counts)
{
	struct addr from;
	char text[32];
	unsigned i;

	memset(counts, 0, MEMBERS * sizeof(*counts));
	for (i = 0; i < SOURCES; i++) {
		snprintf(text, sizeof(text), "127.0.9.%u", i + 1);
		from = address(text, 0);
		counts[send_from(&from, &what->addr, fds)]++;
	}
}

static void
set_group(struct sockets *s, uint32_t n, uint32_t members)
{
	struct msg_group g = { .sockets = n, .members = members };

	sockets_group(s, &g);
}

/* One becomes several, these fewer; who is to get nothing gets nothing. */
START_TEST(test_other_number)
{
	unsigned counts[MEMBERS], i;
	struct msg_socket what;
	struct sockets *s;
	int fds[MEMBERS], error, fd;

	s = sockets_new(getuid(), getgid());
	what = group("127.0.0.1", free_port("127.0.0.1"), 1, 0);
	ck_assert_int_eq(sockets_make(s, &what), 0);
	fd = stranger(&what.addr, &error);
	ck_assert_int_eq(error, EADDRINUSE);
	close(fd);
	set_group(s, MEMBERS, 1);
	get_members(s, 0, fds);
	count_sources(&what, fds, counts);
	ck_assert_uint_eq(counts[0], SOURCES);
	set_group(s, MEMBERS, MEMBERS);
	count_sources(&what, fds, counts);
	for (i = 0; i < MEMBERS; i++)
		ck_assert_uint_ge(counts[i], 8);
	set_group(s, MEMBERS, 2);
	count_sources(&what, fds, counts);
	ck_assert_uint_eq(counts[0] + counts[1], SOURCES);
	ck_assert_uint_ge(counts[1], 20);
	/* closed there, in any order here */
	set_group(s, 2, 2);
	ck_assert_int_eq(sockets_dup(s, 0, 2), -1);
	ck_assert_int_eq(errno, EBADF);
	close(fds[2]);
	fds[2] = fds[3];
	count_sources(&what, fds, counts);
	ck_assert_uint_eq(counts[0] + counts[1], SOURCES);
	close(fds[3]);
	set_group(s, 1, 1);
	fds[2] = fds[3] = -1;
	count_sources(&what, fds, counts);
	ck_assert_uint_eq(counts[0], SOURCES);
	set_group(s, MEMBERS, MEMBERS);
	ck_assert_int_ne(fd = sockets_dup(s, 0, MEMBERS - 1), -1);
	close(fd);
	close(fds[0]);
	close(fds[1]);
	sockets_free(s);
}
END_TEST

/* Where one cannot be had, all is as it was. */
START_TEST(test_no_more)
{
	struct rlimit limit, few;
	struct msg_socket what;
	struct sockets *s;
	int fd, error;

	s = sockets_new(getuid(), getgid());
	what = group("127.0.0.1", free_port("127.0.0.1"), 1, 0);
	ck_assert_int_eq(sockets_make(s, &what), 0);
	fd = sockets_dup(s, 0, 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = (rlim_t)fd + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	set_group(s, 2, 1);
	ck_assert_int_eq(sockets_dup(s, 0, 1), -1);
	ck_assert_int_eq(errno, EMFILE);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	close(fd);
	/* nobody can join one that is alone */
	fd = stranger(&what.addr, &error);
	ck_assert_int_eq(error, EADDRINUSE);
	close(fd);
	set_group(s, 2, 1);
	ck_assert_int_ne(fd = sockets_dup(s, 0, 1), -1);
	close(fd);
	sockets_free(s);
}
END_TEST

START_TEST(test_one_source_one_socket)
{
	unsigned counts[MEMBERS] = { 0 }, first[SOURCES], i, round;
	struct msg_socket what;
	struct addr from;
	struct sockets *s;
	char text[32];
	int fds[MEMBERS];

	s = sockets_new(getuid(), getgid());
	what = group("127.0.0.1", free_port("127.0.0.1"), MEMBERS, 0);
	ck_assert_int_eq(sockets_make(s, &what), 0);
	get_members(s, 0, fds);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < SOURCES; i++) {
			snprintf(text, sizeof(text), "127.0.9.%u", i + 1);
			from = address(text, 0);
			if (round == 0) {
				first[i] = send_from(&from, &what.addr, fds);
				counts[first[i]]++;
			} else
				ck_assert_uint_eq(send_from(&from,
				    &what.addr, fds), first[i]);
		}
	}
	/* a fair share each: 25; of three million runs one has another */
	for (i = 0; i < MEMBERS; i++) {
		ck_assert_uint_ge(counts[i], 5);
		ck_assert_uint_le(counts[i], 49);
	}
	close_members(fds);
	sockets_free(s);
}
END_TEST

START_TEST(test_prefix)
{
	struct msg_socket what;
	struct addr from;
	struct sockets *s;
	unsigned i, who;
	char text[32];
	int fds[MEMBERS];

	s = sockets_new(getuid(), getgid());
	what = group("127.0.0.1", free_port("127.0.0.1"), MEMBERS, 24);
	ck_assert_int_eq(sockets_make(s, &what), 0);
	get_members(s, 0, fds);
	from = address("127.0.8.1", 0);
	who = send_from(&from, &what.addr, fds);
	for (i = 2; i < 30; i++) {
		snprintf(text, sizeof(text), "127.0.8.%u", i);
		from = address(text, 0);
		ck_assert_uint_eq(send_from(&from, &what.addr, fds), who);
	}
	close_members(fds);
	sockets_free(s);
}
END_TEST

START_TEST(test_inet6)
{
	struct msg_socket what;
	struct sockets *s;
	struct addr from;
	unsigned i, who;
	int fds[MEMBERS];

	s = sockets_new(getuid(), getgid());
	what = group("::1", free_port("::1"), MEMBERS, 0);
	ck_assert_int_eq(sockets_make(s, &what), 0);
	get_members(s, 0, fds);
	from = address("::1", 0);
	who = send_from(&from, &what.addr, fds);
	for (i = 0; i < 20; i++)
		ck_assert_uint_eq(send_from(&from, &what.addr, fds), who);
	close_members(fds);
	sockets_free(s);
}
END_TEST

/*
 * Whoever had the address before us keeps it for himself.  After us: with root
 * nobody comes in; without, somebody of the same user does, but gets nothing.
 */
START_TEST(test_strangers)
{
	struct msg_socket what;
	struct addr from;
	struct sockets *s;
	char text[32];
	int error, fd, fds[MEMBERS];
	unsigned i;

	what = group("127.0.0.1", free_port("127.0.0.1"), MEMBERS, 0);
	fd = stranger(&what.addr, &error);
	ck_assert_int_eq(error, 0);
	s = sockets_new(getuid(), getgid());
	ck_assert_int_eq(sockets_make(s, &what), EADDRINUSE);
	close(fd);
	what.index = 1;
	ck_assert_int_eq(sockets_make(s, &what), 0);
	get_members(s, 1, fds);
	fd = stranger(&what.addr, &error);
	if (geteuid() == 0)
		ck_assert_int_eq(error, EADDRINUSE);
	for (i = 1; i < 50; i++) {
		snprintf(text, sizeof(text), "127.0.9.%u", i);
		from = address(text, 0);
		ck_assert_uint_lt(send_from(&from, &what.addr, fds), MEMBERS);
	}
	close(fd);
	close_members(fds);
	sockets_close(s, 1);
	fd = stranger(&what.addr, &error);
	ck_assert_int_eq(error, 0);
	close(fd);
	sockets_free(s);
}
END_TEST

/* `any' and one address beside it, a group each. */
START_TEST(test_two_groups)
{
	int any[MEMBERS], one[MEMBERS];
	struct msg_socket what;
	struct addr from, to;
	struct sockets *s;
	unsigned i, who = 0;

	s = sockets_new(getuid(), getgid());
	what = group("0.0.0.0", free_port("0.0.0.0"), MEMBERS, 0);
	ck_assert_int_eq(sockets_make(s, &what), 0);
	to = address("127.0.0.1", what.addr.port);
	what.addr = to;
	what.index = 1;
	ck_assert_int_eq(sockets_make(s, &what), 0);
	get_members(s, 0, any);
	get_members(s, 1, one);
	from = address("127.0.7.7", 0);
	for (i = 0; i < 8; i++) {
		unsigned now = send_from(&from, &to, one);

		ck_assert(i == 0 || now == who);
		who = now;
	}
	/* the same process, whichever address of ours is asked */
	to = address("127.0.0.5", what.addr.port);
	for (i = 0; i < 8; i++)
		ck_assert_uint_eq(send_from(&from, &to, any), who);
	close_members(any);
	close_members(one);
	sockets_free(s);
}
END_TEST

/* ---- the program, by an interpreter of what it uses -------------------- */

static uint32_t
load_word(const uint8_t *header, uint32_t k)
{
	const uint8_t *b = header + (k - (uint32_t)SKF_NET_OFF);

	return ((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	    (uint32_t)b[2] << 8 | b[3]);
}

static uint32_t
run(const struct sock_filter *f, size_t n, const uint8_t *header)
{
	uint32_t a = 0, m = 0, x = 0;
	size_t i;

	for (i = 0; i < n; i++, f++) {
		switch (f->code) {
		case BPF_LD | BPF_IMM: a = f->k; break;
		case BPF_LD | BPF_W | BPF_ABS:
			a = load_word(header, f->k);
			break;
		case BPF_LDX | BPF_MEM: x = m; break;
		case BPF_ST: m = a; break;
		case BPF_MISC | BPF_TAX: x = a; break;
		case BPF_ALU | BPF_XOR | BPF_X: a ^= x; break;
		case BPF_ALU | BPF_AND | BPF_K: a &= f->k; break;
		case BPF_ALU | BPF_ADD | BPF_K: a += f->k; break;
		case BPF_ALU | BPF_MUL | BPF_K: a *= f->k; break;
		case BPF_ALU | BPF_RSH | BPF_K: a >>= f->k; break;
		case BPF_ALU | BPF_MOD | BPF_K: a %= f->k; break;
		case BPF_RET | BPF_A: return (a);
		default: ck_abort_msg("instruction %x", f->code);
		}
	}
	ck_abort_msg("no end");
	return (0);
}

/* How far the fullest of 7 is above its share of n, in percent. */
static unsigned
imbalance(int inet6, unsigned prefix, unsigned n,
    void (*make)(uint8_t *, unsigned))
{
	const uint32_t key[2] = { 0x12345678, 0x9abcdef0 };
	struct sock_filter prog[REUSEPORT_PROGRAM_MAX];
	unsigned counts[7] = { 0 }, i, most = 0;
	uint8_t header[40];
	uint32_t who;
	size_t len;

	len = reuseport_program(prog, inet6, 7, prefix, key);
	ck_assert_uint_le(len, REUSEPORT_PROGRAM_MAX);
	for (i = 0; i < n; i++) {
		memset(header, 0, sizeof(header));
		make(header, i);
		who = run(prog, len, header);
		ck_assert_uint_lt(who, 7);
		counts[who]++;
	}
	for (i = 0; i < 7; i++)
		most = counts[i] > most ? counts[i] : most;
	return ((most * 7 - n) * 100 / n);
}

static void
put32(uint8_t *b, uint32_t value)
{
	b[0] = (uint8_t)(value >> 24);
	b[1] = (uint8_t)(value >> 16);
	b[2] = (uint8_t)(value >> 8);
	b[3] = (uint8_t)value;
}

static void
make_row(uint8_t *h, unsigned i)
{
	put32(h + 12, 0x0a000000 + i);
}

static void
make_every_256th(uint8_t *h, unsigned i)
{
	put32(h + 12, i << 8);
}

static void
make_every_7th(uint8_t *h, unsigned i)
{
	put32(h + 12, 0xc0000000 + 7 * i);
}

static void
make_networks(uint8_t *h, unsigned i)
{
	put32(h + 8, 0x20010db8);
	put32(h + 12, i);
	put32(h + 20, i * 3);
}

static void
make_hosts(uint8_t *h, unsigned i)
{
	put32(h + 8, 0x20010db8);
	put32(h + 20, i << 16);
}

START_TEST(test_balance)
{
	/* a deviation is 0.9 % of a share of 14000 */
	ck_assert_uint_le(imbalance(0, 0, 98000, make_row), 5);
	ck_assert_uint_le(imbalance(0, 0, 98000, make_every_256th), 5);
	ck_assert_uint_le(imbalance(0, 0, 98000, make_every_7th), 5);
	ck_assert_uint_le(imbalance(0, 24, 98000, make_every_256th), 5);
	ck_assert_uint_le(imbalance(1, 0, 98000, make_networks), 5);
	ck_assert_uint_le(imbalance(1, 0, 98000, make_hosts), 5);
	ck_assert_uint_le(imbalance(1, 64, 98000, make_networks), 5);
	/* one network is one, when the prefix says so */
	ck_assert_uint_eq(imbalance(1, 56, 7000, make_hosts), 600);
}
END_TEST

int
main(void)
{
	Suite *suite;
	TCase *tc;

	suite = suite_create("reuseport");
	tc = tcase_create("reuseport");
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, test_one_source_one_socket);
	tcase_add_test(tc, test_prefix);
	tcase_add_test(tc, test_inet6);
	tcase_add_test(tc, test_strangers);
	tcase_add_test(tc, test_two_groups);
	tcase_add_test(tc, test_other_number);
	tcase_add_test(tc, test_no_more);
	tcase_add_test(tc, test_balance);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
