/*
 * The program that says which server process a packet belongs to, and the
 * group of sockets it is for.  Runs in the launcher, on sockets that it makes.
 * It must never look at anything of a packet but its source address: a client
 * is one process's, whatever port it sends from.
 */
#include "ntpd/launcher/reuseport.h"

#include <sys/socket.h>

#include <linux/filter.h>

/* Where the source address is in its header (RFC 791 3.1, RFC 8200 3). */
#define SOURCE_INET	12
#define SOURCE_INET6	8
/* Two multipliers whose bits are well mixed (those of MurmurHash3). */
#define MULTIPLY_1	0x85ebca6bU
#define MULTIPLY_2	0xc2b2ae35U

struct program {
	struct sock_filter	*prog;
	size_t			 n;
};

static void
add(struct program *p, uint16_t code, uint32_t k)
{
	struct sock_filter *f = &p->prog[p->n++];

	f->code = code;
	f->jt = f->jf = 0;
	f->k = k;
}

/* A ^= A >> bits */
static void
add_fold(struct program *p, uint32_t bits)
{
	add(p, BPF_MISC | BPF_TAX, 0);
	add(p, BPF_ALU | BPF_RSH | BPF_K, bits);
	add(p, BPF_ALU | BPF_XOR | BPF_X, 0);
}

/* The bits of word i of an address that are in its prefix. */
static uint32_t
word_mask(unsigned prefix, unsigned i)
{
	if (prefix >= (i + 1) * 32)
		return (UINT32_MAX);
	if (prefix <= i * 32)
		return (0);
	return (UINT32_MAX << ((i + 1) * 32 - prefix));
}

/*
 * A = (word of the address) ^ M[0], stirred; M[0] = A.  The kernel gives
 * words in the host's order, and the network header below SKF_NET_OFF.
 */
static void
add_word(struct program *p, uint32_t offset, uint32_t mask)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + offset);
	if (mask != UINT32_MAX)
		add(p, BPF_ALU | BPF_AND | BPF_K, mask);
	add(p, BPF_LDX | BPF_MEM, 0);
	add(p, BPF_ALU | BPF_XOR | BPF_X, 0);
	add(p, BPF_ALU | BPF_MUL | BPF_K, MULTIPLY_1);
	add_fold(p, 15);
	add(p, BPF_ST, 0);
}

size_t
reuseport_program(struct sock_filter *prog, int inet6, unsigned members,
    unsigned prefix, const uint32_t key[2])
{
	struct program p = { prog, 0 };
	unsigned i, words = inet6 ? 4 : 1;

	if (members == 1) {
		add(&p, BPF_RET | BPF_K, 0);
		return (p.n);
	}
	if (prefix == 0 || prefix > words * 32)
		prefix = words * 32;
	add(&p, BPF_LD | BPF_IMM, key[0]);
	add(&p, BPF_ST, 0);
	for (i = 0; i < words; i++)
		if (word_mask(prefix, i) != 0)
			add_word(&p, (inet6 ? SOURCE_INET6 : SOURCE_INET) +
			    4 * i, word_mask(prefix, i));
	add(&p, BPF_ALU | BPF_ADD | BPF_K, key[1]);
	add_fold(&p, 16);
	add(&p, BPF_ALU | BPF_MUL | BPF_K, MULTIPLY_2);
	add_fold(&p, 13);
	add(&p, BPF_ALU | BPF_MUL | BPF_K, MULTIPLY_1);
	add_fold(&p, 16);
	add(&p, BPF_ALU | BPF_MOD | BPF_K, members);
	add(&p, BPF_RET | BPF_A, 0);
	return (p.n);
}

static int
set_reuseport(int fd, int on)
{
	return (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)));
}

int
reuseport_begin(int fd, int inet6, unsigned members, unsigned prefix,
    const uint32_t key[2])
{
	struct sock_filter prog[REUSEPORT_PROGRAM_MAX];
	struct sock_fprog fprog;

	if (set_reuseport(fd, 1) == -1)
		return (-1);
	fprog.len = (unsigned short)reuseport_program(prog, inet6, members,
	    prefix, key);
	fprog.filter = prog;
	return (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &fprog,
	    sizeof(fprog)));
}

int
reuseport_join(int fd)
{
	return (set_reuseport(fd, 1));
}

void
reuseport_leave(int fd)
{
	(void)set_reuseport(fd, 0);
}
