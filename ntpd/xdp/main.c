/*
 * ntpd-xdp: puts the program that answers plain requests into the kernel and
 * ends.  Started by the parent, with all its rights, before there is anybody
 * else.  Descriptor 3: a socket for the answer; 4: the configuration of the
 * server.  It must never read anything else, nor outlive its work.
 *
 * The answer is one message: a text, which is empty when all went well, and
 * then the descriptors of the attachment and of the maps `times', `service'
 * and `list' with it.  The program stays as long as somebody has the first,
 * and answers nobody until there is a list.
 */
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <net/if.h>

#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/addr.h"
#include "common/conf.h"
#include "ntpd/xdp/local.h"
#include "ntpd/xdp/maps.h"
#include "privsep/xdp_start.h"

/* The compiled program, as it is. */
__asm__(".section .rodata\n"
	".balign 16\n"
	"answer_begin:\n"
	".incbin \"" XDP_OBJECT "\"\n"
	"answer_end:\n"
	".previous\n");
extern const char answer_begin[], answer_end[];

struct loader {
	struct conf		*conf;
	unsigned		 ifindex;
	struct bpf_object	*object;
	int			 link;
};

static void
answer(const char *text, const int *fds)
{
	union {
		struct cmsghdr	header;
		char		bytes[CMSG_SPACE(XDP_START_FDS *
				    sizeof(int))];
	} control;
	struct iovec iov = { (void *)(uintptr_t)text, strlen(text) + 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fds != NULL) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(XDP_START_FDS * sizeof(int));
		memcpy(CMSG_DATA(c), fds, XDP_START_FDS * sizeof(int));
	}
	exit(sendmsg(XDP_START_SOCKET, &msg, MSG_NOSIGNAL) == -1 ? 1 : 0);
}

/* Says what failed, with the error of errno, and ends. */
static void __attribute__((__format__(__printf__, 1, 2)))
give_up(const char *format, ...)
{
	char text[XDP_START_TEXT], what[XDP_START_TEXT / 2];
	int error = errno;
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	snprintf(text, sizeof(text), "%s: %s", what, strerror(error));
	answer(text, NULL);
}

static struct conf *
read_conf(void)
{
	struct conf_params params;
	struct conf *conf;
	struct stat st;
	char *text;

	memset(&params, 0, sizeof(params));
	if (fstat(XDP_START_CONF, &st) == -1 ||
	    (text = malloc((size_t)st.st_size + 1)) == NULL ||
	    pread(XDP_START_CONF, text, (size_t)st.st_size, 0) !=
	    st.st_size || (conf = conf_new()) == NULL ||
	    conf_parse(conf, text, (size_t)st.st_size, "", &params) > 0)
		return (NULL);
	free(text);
	return (conf);
}

static void
set_config(struct loader *l)
{
	struct xdp_config config;
	struct bpf_map *map;
	struct ifreq ifr;
	int s;

	memset(&config, 0, sizeof(config));
	memset(&ifr, 0, sizeof(ifr));
	strlcpy(ifr.ifr_name, l->conf->xdp, sizeof(ifr.ifr_name));
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s == -1 || ioctl(s, SIOCGIFHWADDR, &ifr) == -1)
		give_up("hardware address of %s", l->conf->xdp);
	memcpy(config.mac, ifr.ifr_hwaddr.sa_data, sizeof(config.mac));
	if (ioctl(s, SIOCGIFFLAGS, &ifr) == -1)
		give_up("flags of %s", l->conf->xdp);
	config.loopback = (ifr.ifr_flags & IFF_LOOPBACK) != 0;
	config.port = htons((uint16_t)l->conf->port);
	close(s);
	map = bpf_object__find_map_by_name(l->object, ".rodata");
	if (map == NULL || bpf_map__set_initial_value(map, &config,
	    sizeof(config)) != 0)
		give_up("configuration of the program");
}

static int
map_fd(const struct loader *l, const char *name)
{
	int fd;

	fd = bpf_object__find_map_fd_by_name(l->object, name);
	if (fd < 0)
		give_up("map %s", name);
	return (fd);
}

/* Returns how many of our addresses may be asked. */
static int
fill_local(struct loader *l)
{
	int fd4 = map_fd(l, "local4"), fd6 = map_fd(l, "local6"), n = 0;
	struct ifaddrs *all, *a;
	struct addr local;
	uint8_t one = 1;
	socklen_t len;

	if (getifaddrs(&all) == -1)
		give_up("addresses");
	for (a = all; a != NULL; a = a->ifa_next) {
		if (a->ifa_addr == NULL)
			continue;
		len = a->ifa_addr->sa_family == AF_INET ?
		    sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
		if (addr_from_sockaddr(a->ifa_addr, len, &local) == -1 ||
		    !local_is_served(l->conf, &local))
			continue;
		if (bpf_map_update_elem(local.family == ADDR_INET ? fd4 :
		    fd6, local.ip, &one, BPF_ANY) != 0)
			give_up("own address %d", n + 1);
		n++;
	}
	freeifaddrs(all);
	return (n);
}

/* The frozen map of constants and the maps exist after this. */
static void
load(struct loader *l)
{
	DECLARE_LIBBPF_OPTS(bpf_object_open_opts, opts,
	    .object_name = "ntpd_answer");

	l->object = bpf_object__open_mem(answer_begin,
	    (size_t)(answer_end - answer_begin), &opts);
	if (l->object == NULL)
		give_up("the program");
	set_config(l);
	if (bpf_object__load(l->object) != 0)
		give_up("the kernel refuses the program");
	if (fill_local(l) == 0)
		give_up("no address that is served");
}

static void
attach(struct loader *l)
{
	DECLARE_LIBBPF_OPTS(bpf_link_create_opts, opts);
	struct bpf_program *program;

	program = bpf_object__find_program_by_name(l->object, "ntpd_answer");
	if (program == NULL)
		give_up("the program");
	if (l->conf->xdp_generic)
		opts.flags = XDP_FLAGS_SKB_MODE;
	l->link = bpf_link_create(bpf_program__fd(program), (int)l->ifindex,
	    BPF_XDP, &opts);
	if (l->link < 0)
		give_up("cannot attach to %s", l->conf->xdp);
}

int
main(int argc, char **argv)
{
	struct loader l;
	int domain, fds[XDP_START_FDS];
	socklen_t len = sizeof(domain);

	(void)argv;
	memset(&l, 0, sizeof(l));
	if (argc != 1 || getsockopt(XDP_START_SOCKET, SOL_SOCKET, SO_DOMAIN,
	    &domain, &len) == -1 || domain != AF_UNIX) {
		fprintf(stderr, "ntpd-xdp: this program is started by ntpd "
		    "and by nothing else\n");
		return (1);
	}
	closefrom(XDP_START_CONF + 1);
	/* its messages are pages of the verifier's */
	libbpf_set_print(NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		give_up("no_new_privs");
	if ((l.conf = read_conf()) == NULL)
		give_up("configuration");
	if ((l.ifindex = if_nametoindex(l.conf->xdp)) == 0)
		give_up("interface %s", l.conf->xdp);
	load(&l);
	attach(&l);
	fds[XDP_START_LINK] = l.link;
	fds[XDP_START_TIMES] = map_fd(&l, "times");
	fds[XDP_START_SERVICE] = map_fd(&l, "service");
	fds[XDP_START_LIST] = map_fd(&l, "list");
	answer("", fds);
	return (1);
}
