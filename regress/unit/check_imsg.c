/*
 * privsep/ibuf.c and privsep/imsg.c over real socketpairs: order, sizes,
 * descriptors (claimed, stray, too many, none lost), hostile headers, full
 * sockets, messages in pieces.
 */
#include <sys/socket.h>

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/imsg.h"
#include "regress/unit/unit.h"

#define HASFD	0x80000000u

static struct {
	struct imsgbuf	a, b;
	int		fd[2];
	int		nfds;		/* open before the test */
} t;

static int
count_fds(void)
{
	DIR *dir;
	int n;

	dir = opendir("/proc/self/fd");
	ck_assert_ptr_nonnull(dir);
	for (n = 0; readdir(dir) != NULL; n++)
		;
	closedir(dir);
	return (n);
}

static void
setup(void)
{
	t.nfds = count_fds();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    t.fd), 0);
	ck_assert_int_eq(imsgbuf_init(&t.a, t.fd[0]), 0);
	ck_assert_int_eq(imsgbuf_init(&t.b, t.fd[1]), 0);
	imsgbuf_allow_fdpass(&t.a);
	imsgbuf_allow_fdpass(&t.b);
}

/* Every test ends with as many descriptors as there were. */
static void
teardown(void)
{
	imsgbuf_clear(&t.a);
	imsgbuf_clear(&t.b);
	if (t.fd[0] != -1)
		close(t.fd[0]);
	if (t.fd[1] != -1)
		close(t.fd[1]);
	ck_assert_int_eq(count_fds(), t.nfds);
}

static int
open_null(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ne(fd, -1);
	return (fd);
}

/* The next message, reading as often as that takes; 1, 0 (none) or -1. */
static int
next(struct imsg *imsg)
{
	ssize_t n;
	int i;

	for (i = 0; i < 4; i++) {
		if ((n = imsg_get(&t.b, imsg)) != 0)
			return (n > 0 ? 1 : -1);
		ck_assert_int_eq(imsgbuf_read(&t.b), 1);
	}
	return (0);
}

/* What a hostile peer may write: any bytes with any descriptors. */
static void
raw_send(const void *data, size_t len, const int *fds, size_t nfds)
{
	union {
		struct cmsghdr	align;
		char		buf[CMSG_SPACE(8 * sizeof(int))];
	} control;
	struct cmsghdr *cmsg;
	struct msghdr mh;
	struct iovec iov;

	memset(&mh, 0, sizeof(mh));
	memset(&control, 0, sizeof(control));
	iov.iov_base = (void *)(uintptr_t)data;
	iov.iov_len = len;
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	if (nfds > 0) {
		mh.msg_control = control.buf;
		mh.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&mh);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, nfds * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(t.fd[0], &mh, 0), (ssize_t)len);
}

static void
raw_header(uint32_t type, uint32_t len, const int *fds, size_t nfds)
{
	struct imsg_hdr hdr = { type, len, 0, 0 };

	raw_send(&hdr, sizeof(hdr), fds, nfds);
}

START_TEST(ibuf_numbers)
{
	struct ibuf *buf = ibuf_dynamic(1, 64);
	char text[4];
	uint64_t n64;
	uint32_t n32;
	uint16_t n16;
	uint8_t n8;

	ck_assert_ptr_nonnull(buf);
	ck_assert_int_eq(ibuf_add_n8(buf, 0xfe), 0);
	ck_assert_int_eq(ibuf_add_n16(buf, 0xfedc), 0);
	ck_assert_int_eq(ibuf_add_n32(buf, 0xfedcba98u), 0);
	ck_assert_int_eq(ibuf_add_n64(buf, 0xfedcba9876543210ULL), 0);
	ck_assert_int_eq(ibuf_add(buf, "abc", 4), 0);
	ck_assert_uint_eq(ibuf_size(buf), 19);
	ck_assert_int_eq(ibuf_add_n8(buf, 0x100), -1);
	ck_assert_int_eq(ibuf_add_n16(buf, 0x10000), -1);
	ck_assert_int_eq(ibuf_add_n32(buf, 0x100000000ULL), -1);
	ck_assert_uint_eq(ibuf_size(buf), 19);
	ck_assert_int_eq(ibuf_get_n8(buf, &n8), 0);
	ck_assert_int_eq(ibuf_get_n16(buf, &n16), 0);
	ck_assert_int_eq(ibuf_get_n32(buf, &n32), 0);
	ck_assert_int_eq(ibuf_get_n64(buf, &n64), 0);
	ck_assert_uint_eq(n8, 0xfe);
	ck_assert_uint_eq(n16, 0xfedc);
	ck_assert_uint_eq(n32, 0xfedcba98u);
	ck_assert_uint_eq(n64, 0xfedcba9876543210ULL);
	ck_assert_int_eq(ibuf_get_n64(buf, &n64), -1);
	ck_assert_int_eq(errno, EBADMSG);
	ck_assert_str_eq(ibuf_data(buf), "abc");
	ck_assert_int_eq(ibuf_get(buf, text, 4), 0);
	ck_assert_int_eq(ibuf_get_n8(buf, &n8), -1);
	ibuf_free(buf);
}
END_TEST

START_TEST(ibuf_limits)
{
	struct ibuf *buf;
	char data[20] = { 0 };

	ck_assert_ptr_null(ibuf_open(0));
	ck_assert_ptr_null(ibuf_dynamic(10, 5));
	buf = ibuf_open(10);
	ck_assert_int_eq(ibuf_add(buf, data, 11), -1);
	ck_assert_int_eq(errno, ERANGE);
	ck_assert_int_eq(ibuf_add(buf, data, 10), 0);
	ck_assert_int_eq(ibuf_add(buf, data, 0), 0);
	ck_assert_int_eq(ibuf_add(buf, data, 1), -1);
	ck_assert_int_eq(ibuf_add(buf, data, SIZE_MAX), -1);
	ibuf_free(buf);
	buf = ibuf_dynamic(0, 20);
	ck_assert_ptr_nonnull(ibuf_data(buf));
	ck_assert_int_eq(ibuf_add(buf, data, 3), 0);
	ck_assert_int_eq(ibuf_add(buf, data, 17), 0);
	ck_assert_int_eq(ibuf_add(buf, data, 1), -1);
	ibuf_free(buf);
	ibuf_free(NULL);
}
END_TEST

START_TEST(ibuf_descriptor)
{
	struct ibuf *buf = ibuf_open(1);
	int fd;

	ck_assert_int_eq(ibuf_fd_get(buf), -1);
	ibuf_fd_set(buf, open_null());
	ibuf_fd_set(buf, open_null());		/* closes the first */
	fd = ibuf_fd_get(buf);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(ibuf_fd_get(buf), -1);
	close(fd);
	ibuf_fd_set(buf, open_null());
	ibuf_free(buf);				/* closes it */
}
END_TEST

START_TEST(one_message)
{
	struct imsg imsg;
	char buf[8];

	ck_assert_int_eq(imsg_compose(&t.a, 7, 42, 0, -1, "hello", 6), 1);
	ck_assert_uint_eq(imsgbuf_queuelen(&t.a), 1);
	ck_assert_int_eq(next(&imsg), 0);
	ck_assert_int_eq(imsgbuf_flush(&t.a), 0);
	ck_assert_uint_eq(imsgbuf_queuelen(&t.a), 0);
	ck_assert_int_eq(next(&imsg), 1);
	ck_assert_uint_eq(imsg_get_type(&imsg), 7);
	ck_assert_uint_eq(imsg_get_id(&imsg), 42);
	ck_assert_int_eq(imsg_get_pid(&imsg), getpid());
	ck_assert_uint_eq(imsg_get_len(&imsg), 6);
	ck_assert_int_eq(imsg_get_fd(&imsg), -1);
	ck_assert_int_eq(imsg_get_data(&imsg, buf, 5), -1);
	ck_assert_int_eq(imsg_get_data(&imsg, buf, 7), -1);
	ck_assert_int_eq(imsg_get_data(&imsg, buf, 6), 0);
	ck_assert_str_eq(buf, "hello");
	ck_assert_int_eq(imsg_get_buf(&imsg, buf, 2), 0);
	ck_assert_int_eq(imsg_get_buf(&imsg, buf, 4), 0);
	ck_assert_str_eq(buf, "llo");
	ck_assert_int_eq(imsg_get_buf(&imsg, buf, 1), -1);
	imsg_free(&imsg);
	ck_assert_int_eq(next(&imsg), 0);
}
END_TEST

START_TEST(piece_by_piece)
{
	struct iovec iov[3];
	struct imsg imsg;
	struct ibuf *msg;
	char buf[6];

	msg = imsg_create(&t.a, 1, 2, 99, 0);
	ck_assert_ptr_nonnull(msg);
	ck_assert_int_eq(imsg_add(msg, "ab", 2), 2);
	ck_assert_int_eq(imsg_add(msg, "cde", 4), 4);
	imsg_close(&t.a, msg);
	iov[0].iov_base = buf;
	iov[0].iov_len = 0;
	iov[1].iov_base = (void *)(uintptr_t)"xy";
	iov[1].iov_len = 2;
	iov[2].iov_base = (void *)(uintptr_t)"z!!";
	iov[2].iov_len = 4;
	ck_assert_int_eq(imsg_composev(&t.a, 2, 0, 0, -1, iov, 3), 1);
	ck_assert_int_eq(imsg_compose(&t.a, 3, 0, 0, -1, NULL, 0), 1);
	ck_assert_int_eq(imsgbuf_flush(&t.a), 0);
	ck_assert_int_eq(next(&imsg), 1);
	ck_assert_int_eq(imsg_get_pid(&imsg), 99);
	ck_assert_int_eq(imsg_get_data(&imsg, buf, 6), 0);
	ck_assert_str_eq(buf, "abcde");
	imsg_free(&imsg);
	ck_assert_int_eq(next(&imsg), 1);
	ck_assert_int_eq(imsg_get_data(&imsg, buf, 6), 0);
	ck_assert_str_eq(buf, "xyz!!");
	imsg_free(&imsg);
	ck_assert_int_eq(next(&imsg), 1);
	ck_assert_uint_eq(imsg_get_len(&imsg), 0);
	ck_assert_int_eq(imsg_get_data(&imsg, buf, 0), 0);
	imsg_free(&imsg);
}
END_TEST

START_TEST(size_limits)
{
	static char big[IMSG_MAX];
	struct imsg imsg;

	ck_assert_int_eq(imsg_compose(&t.a, 1, 0, 0, -1, big,
	    IMSG_MAX - IMSG_HEADER_LEN), 1);
	ck_assert_int_eq(imsg_compose(&t.a, 1, 0, 0, -1, big,
	    IMSG_MAX - IMSG_HEADER_LEN + 1), -1);
	ck_assert_int_eq(errno, ERANGE);
	/* the descriptor is closed all the same: teardown counts */
	ck_assert_int_eq(imsg_compose(&t.a, 1, 0, 0, open_null(), big,
	    IMSG_MAX), -1);
	ck_assert_int_eq(imsgbuf_flush(&t.a), 0);
	ck_assert_int_eq(next(&imsg), 1);
	ck_assert_uint_eq(imsg_get_len(&imsg), IMSG_MAX - IMSG_HEADER_LEN);
	imsg_free(&imsg);
	ck_assert_int_eq(imsgbuf_set_maxsize(&t.a, IMSG_HEADER_LEN - 1), -1);
	ck_assert_int_eq(imsgbuf_set_maxsize(&t.a, IMSG_MAX + 1), -1);
	ck_assert_int_eq(imsgbuf_set_maxsize(&t.b, 100), 0);
	ck_assert_int_eq(imsg_compose(&t.a, 1, 0, 0, -1, big, 84), 1);
	ck_assert_int_eq(imsg_compose(&t.a, 1, 0, 0, -1, big, 85), 1);
	ck_assert_int_eq(imsgbuf_flush(&t.a), 0);
	ck_assert_int_eq(next(&imsg), 1);
	imsg_free(&imsg);
	ck_assert_int_eq(next(&imsg), -1);
	ck_assert_int_eq(errno, ERANGE);
}
END_TEST

START_TEST(hostile_lengths)
{
	static const struct {
		uint32_t	len;
		int		error;
	} rows[] = {
		{ 0, EBADMSG }, { 1, EBADMSG },
		{ IMSG_HEADER_LEN - 1, EBADMSG }, { HASFD, EBADMSG },
		{ HASFD | 15, EBADMSG }, { IMSG_MAX + 1, ERANGE },
		{ 0x7fffffff, ERANGE }, { 0xffffffff, ERANGE },
		{ 0x10000010, ERANGE },
	};
	struct imsg imsg;
	int fd = open_null();

	raw_header(1, rows[_i].len, &fd, 1);
	close(fd);
	ck_assert_int_eq(next(&imsg), -1);
	ck_assert_int_eq(errno, rows[_i].error);
	/* and it stays so */
	ck_assert_int_eq(next(&imsg), -1);
}
END_TEST

START_TEST(byte_by_byte)
{
	struct imsg_hdr hdr = { 5, IMSG_HEADER_LEN + 3, 0, 0 };
	struct imsg imsg;
	char data[IMSG_HEADER_LEN + 3];
	size_t i;

	memcpy(data, &hdr, sizeof(hdr));
	memcpy(data + sizeof(hdr), "ab", 3);
	for (i = 0; i < sizeof(data); i++) {
		ck_assert_int_eq(next(&imsg), 0);
		raw_send(data + i, 1, NULL, 0);
	}
	ck_assert_int_eq(next(&imsg), 1);
	ck_assert_str_eq(ibuf_data(imsg.buf), "ab");
	imsg_free(&imsg);
}
END_TEST

START_TEST(order_and_many)
{
	struct imsg imsg;
	uint32_t i, n, value;
	int fd;

	for (i = 0; i < 300; i++)
		ck_assert_int_eq(imsg_compose(&t.a, i, 0, 0,
		    i % 7 == 0 ? open_null() : -1, &i, sizeof(i)), 1);
	ck_assert_uint_eq(imsgbuf_queuelen(&t.a), 300);
	for (n = 0; n < 300; n++) {
		ck_assert_int_eq(imsgbuf_write(&t.a), 0);
		ck_assert_int_eq(next(&imsg), 1);
		ck_assert_uint_eq(imsg_get_type(&imsg), n);
		ck_assert_int_eq(imsg_get_data(&imsg, &value,
		    sizeof(value)), 0);
		ck_assert_uint_eq(value, n);
		fd = imsg_get_fd(&imsg);
		ck_assert_msg((fd != -1) == (n % 7 == 0), "message %u", n);
		if (fd != -1) {
			ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
			close(fd);
		}
		imsg_free(&imsg);
	}
}
END_TEST

START_TEST(full_socket)
{
	static char big[8000], in[8000];
	struct imsg imsg;
	unsigned i, got;
	int fd;

	for (i = 0; i < 200; i++) {
		memset(big, (int)i, sizeof(big));
		ck_assert_int_eq(imsg_compose(&t.a, i, 0, 0,
		    i % 50 == 49 ? open_null() : -1, big, sizeof(big)), 1);
	}
	ck_assert_int_eq(imsgbuf_write(&t.a), 0);
	/* it cannot all go: some of it waits and nothing has blocked */
	ck_assert_uint_gt(imsgbuf_queuelen(&t.a), 0);
	for (got = 0; got < 200; got++) {
		ck_assert_int_eq(imsgbuf_write(&t.a), 0);
		ck_assert_int_eq(next(&imsg), 1);
		ck_assert_uint_eq(imsg_get_type(&imsg), got);
		ck_assert_int_eq(imsg_get_data(&imsg, in, sizeof(in)), 0);
		memset(big, (int)got, sizeof(big));
		ck_assert_mem_eq(in, big, sizeof(in));
		fd = imsg_get_fd(&imsg);
		ck_assert_int_eq(fd != -1, got % 50 == 49);
		if (fd != -1)
			close(fd);
		imsg_free(&imsg);
	}
	ck_assert_uint_eq(imsgbuf_queuelen(&t.a), 0);
}
END_TEST

START_TEST(descriptor_not_taken)
{
	struct imsg imsg;

	ck_assert_int_eq(imsg_compose(&t.a, 1, 0, 0, open_null(), NULL, 0), 1);
	ck_assert_int_eq(imsg_compose(&t.a, 1, 0, 0, open_null(), NULL, 0), 1);
	ck_assert_int_eq(imsgbuf_flush(&t.a), 0);
	/* one freed with its message, one never got, one never sent */
	ck_assert_int_eq(next(&imsg), 1);
	imsg_free(&imsg);
	ck_assert_int_eq(imsgbuf_read(&t.b), 1);
	ck_assert_int_eq(imsg_compose(&t.a, 1, 0, 0, open_null(), NULL, 0), 1);
}
END_TEST

START_TEST(descriptor_stray)
{
	struct imsg imsg;
	int fd = open_null(), got;

	/* came with a message that does not have one ... */
	raw_header(1, IMSG_HEADER_LEN, &fd, 1);
	ck_assert_int_eq(next(&imsg), 1);
	ck_assert_int_eq(imsg_get_fd(&imsg), -1);
	imsg_free(&imsg);
	/* ... and must not be taken for the next message's */
	raw_header(2, HASFD | IMSG_HEADER_LEN, NULL, 0);
	ck_assert_int_eq(next(&imsg), 1);
	ck_assert_int_eq(imsg_get_fd(&imsg), -1);
	imsg_free(&imsg);
	raw_header(3, HASFD | IMSG_HEADER_LEN, &fd, 1);
	ck_assert_int_eq(next(&imsg), 1);
	ck_assert_int_ne(got = imsg_get_fd(&imsg), -1);
	close(got);
	imsg_free(&imsg);
	close(fd);
}
END_TEST

START_TEST(descriptors_too_many)
{
	static const char part[IMSG_HEADER_LEN] = { 0, 0, 0, 0, 0x20 };
	struct imsg imsg;
	int fds[8], before, got;
	size_t i;

	for (i = 0; i < 8; i++)
		fds[i] = open_null();
	before = count_fds();
	raw_header(1, HASFD | IMSG_HEADER_LEN, fds, 8);
	ck_assert_int_eq(next(&imsg), 1);
	ck_assert_int_ne(got = imsg_get_fd(&imsg), -1);
	close(got);
	imsg_free(&imsg);
	ck_assert_int_eq(count_fds(), before);
	/* an attacker sends one with each byte of a message */
	for (i = 0; i < IMSG_HEADER_LEN; i++) {
		raw_send(&part[i], 1, fds, 8);
		ck_assert_int_eq(imsgbuf_read(&t.b), 1);
		ck_assert_int_eq(imsg_get(&t.b, &imsg), 0);
		ck_assert_int_le(count_fds(), before + IMSG_FD_MAX);
	}
	for (i = 0; i < 8; i++)
		close(fds[i]);
}
END_TEST

START_TEST(descriptors_refused)
{
	struct imsg imsg;
	int fd = open_null();

	t.b.fdpass = 0;
	raw_header(1, HASFD | IMSG_HEADER_LEN, &fd, 1);
	close(fd);
	ck_assert_int_eq(next(&imsg), 1);
	ck_assert_int_eq(imsg_get_fd(&imsg), -1);
	imsg_free(&imsg);
	t.a.fdpass = 0;
	ck_assert_int_eq(imsg_compose(&t.a, 1, 0, 0, open_null(), NULL, 0),
	    -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(end_of_file)
{
	struct imsg imsg;

	ck_assert_int_eq(imsg_compose(&t.a, 1, 0, 0, -1, "last", 5), 1);
	ck_assert_int_eq(imsgbuf_flush(&t.a), 0);
	close(t.fd[0]);
	t.fd[0] = -1;
	ck_assert_int_eq(imsgbuf_read(&t.b), 1);
	ck_assert_int_gt(imsg_get(&t.b, &imsg), 0);
	imsg_free(&imsg);
	ck_assert_int_eq(imsgbuf_read(&t.b), 0);
	/* no SIGPIPE: the test would not survive it */
	ck_assert_int_eq(imsg_compose(&t.b, 1, 0, 0, -1, "x", 1), 1);
	ck_assert_int_eq(imsgbuf_write(&t.b), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(imsg_compose(&t.b, 1, 0, 0, open_null(), "x", 1), 1);
	ck_assert_int_eq(imsgbuf_flush(&t.b), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("imsg");
	TCase *tc = tcase_create("imsg");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ibuf_numbers);
	tcase_add_test(tc, ibuf_limits);
	tcase_add_test(tc, ibuf_descriptor);
	tcase_add_test(tc, one_message);
	tcase_add_test(tc, piece_by_piece);
	tcase_add_test(tc, size_limits);
	tcase_add_loop_test(tc, hostile_lengths, 0, 9);
	tcase_add_test(tc, byte_by_byte);
	tcase_add_test(tc, order_and_many);
	tcase_add_test(tc, full_socket);
	tcase_add_test(tc, descriptor_not_taken);
	tcase_add_test(tc, descriptor_stray);
	tcase_add_test(tc, descriptors_too_many);
	tcase_add_test(tc, descriptors_refused);
	tcase_add_test(tc, end_of_file);
	return (unit_run(suite));
}
