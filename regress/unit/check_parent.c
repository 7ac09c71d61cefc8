/*
 * Tests of the parent's small modules: options, drift file, files that are
 * replaced, pid file, directories, log lines, service manager
 * (ntpd/parent/).
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/timens.h"
#include "ntpd/parent/conf_files.h"
#include "ntpd/parent/dirs.h"
#include "ntpd/parent/drift.h"
#include "ntpd/parent/files.h"
#include "ntpd/parent/logfile.h"
#include "ntpd/parent/logsink.h"
#include "ntpd/parent/notify.h"
#include "ntpd/parent/options.h"
#include "ntpd/parent/parent.h"
#include "ntpd/parent/pidlock.h"
#include "regress/unit/scratch.h"
#include "regress/unit/unit.h"

#define ARGS_MAX	16

static char	dir[SCRATCH_MAX];
static int	dir_fd;

static void
setup(void)
{
	scratch_make(dir);
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ne(dir_fd, -1);
}

static void
teardown(void)
{
	char command[128];

	close(dir_fd);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

/* Splits words at blanks; `_' stands for a blank inside of one. */
static int
parse(struct options *o, const char *words)
{
	static char text[256], name[] = "ntpd";
	static char *args[ARGS_MAX];
	char error[128], *p, *word, *rest = text;
	int n = 0;

	strlcpy(text, words, sizeof(text));
	args[n++] = name;
	while ((word = strsep(&rest, " ")) != NULL) {
		if (*word == '\0')
			continue;
		for (p = word; *p != '\0'; p++)
			if (*p == '_')
				*p = ' ';
		args[n++] = word;
	}
	args[n] = NULL;
	error[0] = '\0';
	if (options_parse(o, n, args, error, sizeof(error)) == -1) {
		ck_assert(error[0] != '\0');
		return (-1);
	}
	return (0);
}

START_TEST(test_options)
{
	struct options o;

	ck_assert_int_eq(parse(&o, ""), 0);
	ck_assert_int_eq(o.action, OPTIONS_RUN);
	ck_assert_int_eq(o.mode, RUN_DAEMON);
	ck_assert_int_eq(o.foreground, 0);
	ck_assert_int_eq(o.sandbox, 1);
	ck_assert_str_eq(o.conf_file, OPTIONS_CONF_FILE);
	ck_assert_int_eq(o.nlines, 0);

	ck_assert_int_eq(parse(&o, "-d -vv -x -4 -F 0 -f a.conf -p pid -u me "
	    "-t 12"), 0);
	ck_assert_int_eq(o.foreground, 1);
	ck_assert_int_eq(o.verbosity, 2);
	ck_assert_int_eq(o.no_clock, 1);
	ck_assert_uint_eq(o.family, ADDR_INET);
	ck_assert_int_eq(o.sandbox, 0);
	ck_assert_str_eq(o.conf_file, "a.conf");
	ck_assert_str_eq(o.pidfile, "pid");
	ck_assert_str_eq(o.user, "me");
	ck_assert_int_eq(o.timeout_s, 12);

	ck_assert_int_eq(parse(&o, "-q server_192.0.2.1_iburst -x"), 0);
	ck_assert_int_eq(o.mode, RUN_SET_ONCE);
	ck_assert_int_eq(o.foreground, 1);
	ck_assert_int_eq(o.no_clock, 0);
	ck_assert_int_eq(o.nlines, 2);
	ck_assert_str_eq(o.lines[0], "server 192.0.2.1 iburst");

	/* -Q wins: it promises to change nothing */
	ck_assert_int_eq(parse(&o, "-Q -q"), 0);
	ck_assert_int_eq(o.mode, RUN_PRINT_ONCE);
	ck_assert_int_eq(o.no_clock, 1);

	ck_assert_int_eq(o.level, LOG_LEVEL_DEBUG);
	ck_assert_int_eq(parse(&o, "-l a.log -L 1"), 0);
	ck_assert_int_eq(o.level, LOG_LEVEL_WARN);
	ck_assert_str_eq(o.log_file, "a.log");
	ck_assert_int_eq(parse(&o, "-L -1"), 0);
	ck_assert_int_eq(o.verbosity, 1);
	ck_assert_int_eq(parse(&o, "-L 3"), 0);
	ck_assert_int_eq(o.level, LOG_LEVEL_ERROR);

	ck_assert_int_eq(parse(&o, "--restore"), 0);
	ck_assert_int_eq(o.action, OPTIONS_RESTORE);
	ck_assert_int_eq(parse(&o, "-n -v"), 0);
	ck_assert_int_eq(o.action, OPTIONS_CHECK);
	ck_assert_int_eq(parse(&o, "-V"), 0);
	ck_assert_int_eq(o.action, OPTIONS_VERSION);
	ck_assert_int_eq(parse(&o, "--help"), 0);
	ck_assert_int_eq(o.action, OPTIONS_HELP);
}
END_TEST

START_TEST(test_options_bad)
{
	const char *bad[] = {
		"-z", "-f", "-F 2", "-F x", "-F -1", "-t 0", "-t x", "-t 1x",
		"-t 99999999999", "-4 -6", "-6 -4", "--nonsense", "-p",
		"--restore=1", "-L 4", "-L -2", "-L", "-l"
	};
	struct options o;
	unsigned i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse(&o, bad[i]) == -1, "%s", bad[i]);
}
END_TEST

START_TEST(test_drift)
{
	const struct {
		const char	*text;
		int		 result;
		double		 freq, skew;
	} rows[] = {
		{ "           -13.129000             2.279000\n", 0, -13.129,
		    2.279 },
		{ "1 2", 0, 1, 2 },
		{ "+1e1 0\n\n", 0, 10, 0 },
		{ "5", 0, 5, DRIFT_SKEW_MAX_PPM },
		{ "1000 1000000", 0, 1000, 1000000 },
		{ "", -1, 0, 0 },
		{ "\n", -1, 0, 0 },
		{ "abc", -1, 0, 0 },
		{ "1 2 3", -1, 0, 0 },
		{ "1 2x", -1, 0, 0 },
		{ "1,5 2", -1, 0, 0 },
		{ "nan 1", -1, 0, 0 },
		{ "1 nan", -1, 0, 0 },
		{ "inf 1", -1, 0, 0 },
		{ "0x10 1", -1, 0, 0 },
		{ "1e999 1", -1, 0, 0 },
		{ "1001 1", -1, 0, 0 },
		{ "-1001 1", -1, 0, 0 },
		{ "1 -1", -1, 0, 0 },
		{ "1 1000001", -1, 0, 0 },
		{ "- 1", -1, 0, 0 },
	};
	struct msg_drift d;
	char big[DRIFT_TEXT_MAX];
	unsigned i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_msg(drift_parse(rows[i].text, strlen(rows[i].text),
		    &d) == rows[i].result, "`%s'", rows[i].text);
		if (rows[i].result == 0) {
			ck_assert_double_eq(d.freq_ppm, rows[i].freq);
			ck_assert_double_eq(d.skew_ppm, rows[i].skew);
		}
	}
	ck_assert_int_eq(drift_parse("1 2\0003", 5, &d), -1);
	memset(big, ' ', sizeof(big));
	big[0] = '1';
	ck_assert_int_eq(drift_parse(big, sizeof(big), &d), -1);
	ck_assert_int_eq(drift_parse(big, sizeof(big) - 1, &d), 0);
}
END_TEST

START_TEST(test_drift_read)
{
	struct msg_drift d;

	ck_assert_int_eq(drift_read(-1, "x", "x", &d), 1);
	ck_assert_int_eq(drift_read(dir_fd, "drift", "drift", &d), 1);
	ck_assert_int_eq(files_replace(dir_fd, "drift", "7 8\n", 4, 0644), 0);
	ck_assert_int_eq(drift_read(dir_fd, "drift", "drift", &d), 0);
	ck_assert_double_eq(d.freq_ppm, 7);
	ck_assert_int_eq(files_replace(dir_fd, "drift", "7 8 9\n", 6, 0644),
	    0);
	ck_assert_int_eq(drift_read(dir_fd, "drift", "drift", &d), -1);
	ck_assert_int_eq(unlinkat(dir_fd, "drift", 0), 0);
	ck_assert_int_eq(mkdirat(dir_fd, "drift", 0700), 0);
	ck_assert_int_eq(drift_read(dir_fd, "drift", "drift", &d), -1);
	ck_assert_int_eq(mkfifoat(dir_fd, "pipe", 0600), 0);
	ck_assert_int_eq(drift_read(dir_fd, "pipe", "pipe", &d), -1);
}
END_TEST

static int
read_back(const char *name, char *buf, size_t len)
{
	ssize_t n;
	int fd;

	fd = openat(dir_fd, name, O_RDONLY);
	if (fd == -1)
		return (-1);
	n = read(fd, buf, len - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return ((int)n);
}

static int
write_file(struct files *f, const char *text)
{
	struct msg_file m;

	memset(&m, 0, sizeof(m));
	m.index = FILE_DRIFT;
	m.len = (uint32_t)strlen(text);
	memcpy(m.data, text, m.len);
	return (files_write(f, &m));
}

START_TEST(test_files)
{
	char path[128], text[128];
	struct msg_drift d;
	struct stat st;
	struct files f;

	files_init(&f);
	ck_assert_int_eq(write_file(&f, "1 2\n"), 0);
	ck_assert_int_eq(files_commit(&f, FILE_DRIFT, 0, &d), 1);
	snprintf(path, sizeof(path), "%s/drift", dir);
	ck_assert_int_eq(files_place_open(&f.places[FILE_DRIFT], path), 0);
	/* in two pieces */
	ck_assert_int_eq(write_file(&f, "  1.5 "), 0);
	ck_assert_int_eq(write_file(&f, "2.5\n"), 0);
	ck_assert_int_eq(files_commit(&f, FILE_DRIFT, 0, &d), 0);
	ck_assert_double_eq(d.freq_ppm, 1.5);
	files_settle(&f, FILES_SETTLE_NS - 1);
	ck_assert_int_eq(read_back("drift", text, sizeof(text)), -1);
	files_settle(&f, FILES_SETTLE_NS);
	ck_assert_int_gt(read_back("drift", text, sizeof(text)), 0);
	ck_assert_str_eq(text, "  1.5 2.5\n");
	ck_assert_int_eq(fstatat(dir_fd, "drift", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	/* nonsense keeps the old one */
	ck_assert_int_eq(write_file(&f, "rm -rf"), 0);
	ck_assert_int_eq(files_commit(&f, FILE_DRIFT, 0, &d), -1);
	ck_assert_int_eq(files_commit(&f, FILE_DRIFT, 0, &d), -1);
	ck_assert_int_eq(files_commit(&f, FILE_COUNT, 0, &d), -1);
	ck_assert_int_gt(read_back("drift", text, sizeof(text)), 0);
	ck_assert_str_eq(text, "  1.5 2.5\n");
	/* no second file is left; the last of several counts */
	ck_assert_int_eq(faccessat(dir_fd, ".drift.new", F_OK, 0), -1);
	ck_assert_int_eq(write_file(&f, "3 4"), 0);
	ck_assert_int_eq(files_commit(&f, FILE_DRIFT, 0, &d), 0);
	ck_assert_int_eq(write_file(&f, "5 6"), 0);
	ck_assert_int_eq(files_commit(&f, FILE_DRIFT, 0, &d), 0);
	files_close(&f);
	ck_assert_int_eq(read_back("drift", text, sizeof(text)), 3);
	ck_assert_str_eq(text, "5 6");
	ck_assert_int_eq(faccessat(dir_fd, ".drift.new", F_OK, 0), -1);
}
END_TEST

START_TEST(test_files_limits)
{
	struct msg_drift d;
	struct msg_file m;
	struct files f;
	char path[128];
	int i;

	files_init(&f);
	snprintf(path, sizeof(path), "%s/drift", dir);
	ck_assert_int_eq(files_place_open(&f.places[FILE_DRIFT], path), 0);
	memset(&m, 0, sizeof(m));
	m.len = MSG_FILE_CHUNK;
	for (i = 0; i < FILES_SIZE_MAX / MSG_FILE_CHUNK; i++)
		ck_assert_int_eq(files_write(&f, &m), 0);
	ck_assert_int_eq(files_write(&f, &m), -1);
	ck_assert_uint_eq(f.len[FILE_DRIFT], 0);
	for (i = 0; i < FILES_BURST; i++) {
		ck_assert_int_eq(write_file(&f, "1 2"), 0);
		ck_assert_int_eq(files_commit(&f, FILE_DRIFT, 0, &d), 0);
	}
	ck_assert_int_eq(write_file(&f, "1 2"), 0);
	ck_assert_int_eq(files_commit(&f, FILE_DRIFT, 0, &d), -1);
	ck_assert_int_eq(write_file(&f, "1 2"), 0);
	ck_assert_int_eq(files_commit(&f, FILE_DRIFT, FILES_COMMIT_NS, &d),
	    0);
	files_close(&f);
}
END_TEST

START_TEST(test_place)
{
	struct files_place place;
	char path[FILES_NAME_MAX + 64];

	snprintf(path, sizeof(path), "%s/missing/x", dir);
	ck_assert_int_eq(files_place_open(&place, path), -1);
	ck_assert_int_eq(errno, ENOENT);
	snprintf(path, sizeof(path), "%s/", dir);
	ck_assert_int_eq(files_place_open(&place, path), -1);
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(files_place_open(&place, path), -1);
	ck_assert_int_eq(files_place_open(&place, "/x"), 0);
	ck_assert_str_eq(place.name, "x");
	close(place.dirfd);
	ck_assert_int_eq(files_place_open(&place, "x"), 0);
	close(place.dirfd);
}
END_TEST

START_TEST(test_pidlock)
{
	struct pidlock one, two;
	char path[128], text[64], want[64];

	snprintf(path, sizeof(path), "%s/pid", dir);
	ck_assert_int_eq(pidlock_is_held(path), 0);
	ck_assert_int_eq(pidlock_take(&one, path), 0);
	ck_assert_int_eq(pidlock_is_held(path), 1);
	snprintf(want, sizeof(want), "%d\n", (int)getpid());
	ck_assert_int_gt(read_back("pid", text, sizeof(text)), 0);
	ck_assert_str_eq(text, want);
	ck_assert_int_eq(pidlock_take(&two, path), 1);
	/* the loser leaves the file alone */
	pidlock_remove(&two);
	ck_assert_int_gt(read_back("pid", text, sizeof(text)), 0);
	pidlock_remove(&one);
	ck_assert_int_eq(read_back("pid", text, sizeof(text)), -1);
	/* a stale one stops nobody */
	ck_assert_int_eq(files_replace(dir_fd, "pid", "1\n", 2, 0644), 0);
	ck_assert_int_eq(pidlock_is_held(path), 0);
	ck_assert_int_eq(pidlock_take(&two, path), 0);
	pidlock_remove(&two);
	ck_assert_int_eq(pidlock_take(&two, "/"), 0);
	ck_assert_int_eq(two.fd, -1);
	pidlock_remove(&two);
	snprintf(path, sizeof(path), "%s/missing/pid", dir);
	ck_assert_int_eq(pidlock_take(&two, path), -1);
}
END_TEST

START_TEST(test_dirs)
{
	char path[128], up[64];
	struct stat st;

	snprintf(path, sizeof(path), "%s/a/b/c/", dir);
	ck_assert_int_eq(dirs_make(path, getuid(), getgid(), 0770), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0770);
	snprintf(path, sizeof(path), "%s/a/b/c", dir);
	ck_assert_int_eq(dirs_check_socket(path, getuid()), 0);
	ck_assert_int_eq(dirs_check_socket(path, getuid() + 1), -1);
	ck_assert_int_eq(chmod(path, 0775), 0);
	ck_assert_int_eq(dirs_check_socket(path, getuid()), -1);
	/* what is there stays as it is */
	ck_assert_int_eq(dirs_make(path, getuid(), getgid(), 0770), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0775);
	ck_assert_int_eq(files_replace(dir_fd, "file", "", 0, 0600), 0);
	snprintf(path, sizeof(path), "%s/file/x", dir);
	ck_assert_int_eq(dirs_make(path, getuid(), getgid(), 0770), -1);
	snprintf(path, sizeof(path), "%s/file", dir);
	ck_assert_int_eq(dirs_make(path, getuid(), getgid(), 0770), -1);
	ck_assert_int_eq(dirs_check_socket(path, getuid()), -1);

	ck_assert_int_eq(dirs_parent("/a/b", up, sizeof(up)), 0);
	ck_assert_str_eq(up, "/a");
	ck_assert_int_eq(dirs_parent("/a", up, sizeof(up)), 0);
	ck_assert_str_eq(up, "/");
	ck_assert_int_eq(dirs_parent("a", up, sizeof(up)), 0);
	ck_assert_str_eq(up, ".");
	ck_assert_int_eq(dirs_parent("/long/x", up, 5), -1);
}
END_TEST

START_TEST(test_log_text)
{
	char buf[64];

	ck_assert_str_eq(logsink_stamp(1795238438 * NS_PER_SEC + 5, buf,
	    sizeof(buf)), "2026-11-21T05:20:38Z");
	ck_assert_str_eq(logsink_encode(buf, sizeof(buf), "plain \\ text"),
	    "plain \\ text");
	ck_assert_str_eq(logsink_encode(buf, sizeof(buf), "a\nb\tc\033[2J"),
	    "a\\nb\\tc^[[2J");
	ck_assert_uint_lt(strlen(logsink_encode(buf, 5, "a\n\n\n")), 5);
	ck_assert_str_eq(buf, "a\\n");
	ck_assert_str_eq(logsink_encode(buf, 4, "abcdef"), "abc");
}
END_TEST

START_TEST(test_log_limit)
{
	struct logsink_bucket b = { 0, 0 };
	int64_t now_ns = 1000 * NS_PER_SEC;
	int i;

	for (i = 0; i < 10; i++)
		ck_assert_int_eq(logsink_allow(&b, now_ns, 10), 1);
	ck_assert_int_eq(logsink_allow(&b, now_ns, 10), 0);
	ck_assert_uint_eq(b.dropped, 1);
	now_ns += LOGSINK_LINE_NS;
	ck_assert_int_eq(logsink_allow(&b, now_ns, 10), 1);
	ck_assert_int_eq(logsink_allow(&b, now_ns, 10), 0);
	now_ns += 3600 * NS_PER_SEC;
	for (i = 0; i < 10; i++)
		ck_assert_int_eq(logsink_allow(&b, now_ns, 10), 1);
	ck_assert_int_eq(logsink_allow(&b, now_ns, 10), 0);
}
END_TEST

START_TEST(test_logfile)
{
	struct msg_entry m;
	struct logfile lf;
	char text[16384];
	char *line;
	int i, banners = 0, entries = 0;

	logfile_init(&lf, dir_fd, CONF_LOG_TRACKING, 32);
	memset(&m, 0, sizeof(m));
	m.file = LOG_STATISTICS;	/* not configured */
	logfile_write(&lf, &m);
	ck_assert_int_eq(read_back("statistics.log", text, sizeof(text)), -1);
	m.file = LOG_TRACKING;
	ck_assert_int_eq(read_back("tracking.log", text, sizeof(text)), -1);
	strlcpy(m.line, "2026-11-21 05:20:38 \001entry", sizeof(m.line));
	for (i = 0; i < 32 + 1; i++)
		logfile_write(&lf, &m);
	logfile_close(&lf);
	ck_assert_int_gt(read_back("tracking.log", text, sizeof(text)), 0);
	for (line = strtok(text, "\n"); line != NULL;
	    line = strtok(NULL, "\n")) {
		banners += strncmp(line, "   Date (UTC) Time     IP Address",
		    33) == 0;
		entries += strcmp(line, "2026-11-21 05:20:38 ^Aentry") == 0;
	}
	ck_assert_int_eq(banners, 2);
	ck_assert_int_eq(entries, 32 + 1);
	/* `logbanner 0' */
	logfile_init(&lf, dir_fd, CONF_LOG_SELECTION, 0);
	m.file = LOG_SELECTION;
	strlcpy(m.line, "entry", sizeof(m.line));
	logfile_write(&lf, &m);
	logfile_close(&lf);
	ck_assert_int_eq(read_back("selection.log", text, sizeof(text)), 6);
}
END_TEST

/* Renamed files get no line any more, the new ones begin with headers. */
START_TEST(test_logfile_cycle)
{
	struct msg_entry m;
	struct logfile lf;
	char text[4096];

	logfile_init(&lf, dir_fd, CONF_LOG_STATISTICS, 32);
	memset(&m, 0, sizeof(m));
	m.file = LOG_STATISTICS;
	strlcpy(m.line, "one", sizeof(m.line));
	logfile_write(&lf, &m);
	ck_assert_int_eq(renameat(dir_fd, "statistics.log", dir_fd,
	    "statistics.log.1"), 0);
	strlcpy(m.line, "two", sizeof(m.line));
	logfile_write(&lf, &m);
	logfile_cycle(&lf);
	strlcpy(m.line, "three", sizeof(m.line));
	logfile_write(&lf, &m);
	logfile_cycle(&lf);
	logfile_close(&lf);
	ck_assert_int_gt(read_back("statistics.log.1", text, sizeof(text)),
	    0);
	ck_assert_ptr_nonnull(strstr(text, "=\none\ntwo\n"));
	ck_assert_ptr_null(strstr(text, "three"));
	ck_assert_int_gt(read_back("statistics.log", text, sizeof(text)), 0);
	ck_assert_ptr_nonnull(strstr(text, "=\nthree\n"));
	ck_assert_int_eq(text[0], '=');
	ck_assert_ptr_null(strstr(text, "two"));
}
END_TEST

START_TEST(test_notify)
{
	struct sockaddr_un sun;
	char longname[200];
	size_t len;

	len = notify_address("/run/x", &sun);
	ck_assert_uint_eq(len, offsetof(struct sockaddr_un, sun_path) + 7);
	ck_assert_str_eq(sun.sun_path, "/run/x");
	len = notify_address("@abstract", &sun);
	ck_assert_uint_eq(len, offsetof(struct sockaddr_un, sun_path) + 9);
	ck_assert_int_eq(sun.sun_path[0], '\0');
	ck_assert_int_eq(memcmp(sun.sun_path + 1, "abstract", 8), 0);
	ck_assert_uint_eq(notify_address("", &sun), 0);
	ck_assert_uint_eq(notify_address("/", &sun), 0);
	ck_assert_uint_eq(notify_address("relative", &sun), 0);
	memset(longname, 'x', sizeof(longname));
	longname[0] = '/';
	longname[sizeof(longname) - 1] = '\0';
	ck_assert_uint_eq(notify_address(longname, &sun), 0);

	ck_assert_int_eq(notify_watchdog(NULL, NULL, 5), 0);
	ck_assert_int_eq(notify_watchdog("30000000", NULL, 5), 30000000);
	ck_assert_int_eq(notify_watchdog("30000000", "5", 5), 30000000);
	ck_assert_int_eq(notify_watchdog("30000000", "6", 5), 0);
	ck_assert_int_eq(notify_watchdog("30000000", "x", 5), 0);
	ck_assert_int_eq(notify_watchdog("0", NULL, 5), 0);
	ck_assert_int_eq(notify_watchdog("-1", NULL, 5), 0);
	ck_assert_int_eq(notify_watchdog("1s", NULL, 5), 0);
}
END_TEST

/* A service manager's end, with a path and with an abstract name. */
START_TEST(test_notify_socket)
{
	char name[160], buf[128];
	struct sockaddr_un sun;
	struct notify n;
	size_t len;
	ssize_t got;
	int fd, i;

	for (i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s%s/notify", i ? "@" : "",
		    dir);
		len = notify_address(name, &sun);
		fd = socket(AF_UNIX, SOCK_DGRAM, 0);
		ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun,
		    (socklen_t)len), 0);
		ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
		ck_assert_int_eq(setenv("WATCHDOG_USEC", "5000", 1), 0);
		ck_assert_int_eq(notify_open(&n), 0);
		ck_assert_int_ne(n.fd, -1);
		ck_assert_int_eq(n.watchdog_us, 5000);
		ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
		notify_send(&n, "READY=1");
		got = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		ck_assert_int_eq(got, 7);
		notify_status(&n, "fine");
		notify_status(&n, "fine");
		got = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		ck_assert_int_eq(got, 11);
		ck_assert_int_eq(memcmp(buf, "STATUS=fine", 11), 0);
		got = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		ck_assert_int_eq(got, -1);
		notify_close(&n);
		close(fd);
	}
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", "nonsense", 1), 0);
	ck_assert_int_eq(notify_open(&n), -1);
	ck_assert_int_eq(unsetenv("NOTIFY_SOCKET"), 0);
	ck_assert_int_eq(notify_open(&n), 0);
	ck_assert_int_eq(n.fd, -1);
	notify_send(&n, "READY=1");
}
END_TEST

START_TEST(test_status_text)
{
	char buf[32];

	ck_assert_str_eq(handlers_format_error(1.2e-3, buf, sizeof(buf)),
	    "1.2 ms");
	ck_assert_str_eq(handlers_format_error(0, buf, sizeof(buf)), "0 ns");
	ck_assert_str_eq(handlers_format_error(12.34e-6, buf, sizeof(buf)),
	    "12.3 us");
	ck_assert_str_eq(handlers_format_error(0.99999e-3, buf, sizeof(buf)),
	    "1 ms");
	ck_assert_str_eq(handlers_format_error(2.5, buf, sizeof(buf)), "2.5 s");
	ck_assert_str_eq(handlers_format_error(1e9, buf, sizeof(buf)),
	    "1000000000 s");
}
END_TEST

START_TEST(test_conf_files)
{
	char path[128], text[256], *lines[2];
	struct options o;
	struct conf *conf;

	memset(&o, 0, sizeof(o));
	o.conf_file = "/nonexistent/ntpd.conf";
	ck_assert_ptr_null(conf_files_load(&o));
	o.conf_file = dir;
	ck_assert_ptr_null(conf_files_load(&o));
	snprintf(path, sizeof(path), "%s/ntpd.conf", dir);
	o.conf_file = path;
	snprintf(text, sizeof(text), "include %s/*.inc\nport 1000\n", dir);
	ck_assert_int_eq(files_replace(dir_fd, "ntpd.conf", text,
	    strlen(text), 0600), 0);
	conf = conf_files_load(&o);
	ck_assert_ptr_nonnull(conf);
	ck_assert_uint_eq(conf->nsources, 0);
	conf_free(conf);
	ck_assert_int_eq(files_replace(dir_fd, "a.inc",
	    "server 192.0.2.1\n", 17, 0600), 0);
	ck_assert_int_eq(files_replace(dir_fd, "b.inc",
	    "server 192.0.2.2", 16, 0600), 0);
	conf = conf_files_load(&o);
	ck_assert_ptr_nonnull(conf);
	ck_assert_uint_eq(conf->nsources, 2);
	ck_assert_str_eq(conf->sources[1].name, "192.0.2.2");
	ck_assert_int_eq(conf->port, 1000);
	conf_free(conf);
	/* a name without wildcards must be there */
	snprintf(text, sizeof(text), "include %s/missing\n", dir);
	ck_assert_int_eq(files_replace(dir_fd, "ntpd.conf", text,
	    strlen(text), 0600), 0);
	ck_assert_ptr_null(conf_files_load(&o));
	/* lines of the command line replace the file */
	snprintf(text, sizeof(text), "port 2000");
	lines[0] = text;
	lines[1] = text;
	o.lines = lines;
	o.nlines = 2;
	conf = conf_files_load(&o);
	ck_assert_ptr_nonnull(conf);
	ck_assert_int_eq(conf->port, 2000);
	conf_free(conf);
}
END_TEST

START_TEST(test_seal)
{
	char buf[8];
	int fd;

	fd = conf_files_seal("hello", 5);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(pread(fd, buf, sizeof(buf), 0), 5);
	ck_assert_int_eq(memcmp(buf, "hello", 5), 0);
	ck_assert_int_eq(pwrite(fd, "x", 1, 0), -1);
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	close(fd);
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_test(tc, test_options);
	tcase_add_test(tc, test_options_bad);
	tcase_add_test(tc, test_drift);
	tcase_add_test(tc, test_drift_read);
	tcase_add_test(tc, test_files);
	tcase_add_test(tc, test_files_limits);
	tcase_add_test(tc, test_place);
	tcase_add_test(tc, test_pidlock);
	tcase_add_test(tc, test_dirs);
	tcase_add_test(tc, test_log_text);
	tcase_add_test(tc, test_log_limit);
	tcase_add_test(tc, test_logfile);
	tcase_add_test(tc, test_logfile_cycle);
	tcase_add_test(tc, test_notify);
	tcase_add_test(tc, test_notify_socket);
	tcase_add_test(tc, test_status_text);
	tcase_add_test(tc, test_conf_files);
	tcase_add_test(tc, test_seal);
}

int
main(void)
{
	Suite *suite;
	TCase *tc;

	suite = suite_create("parent");
	tc = tcase_create("parent");
	tcase_add_checked_fixture(tc, setup, teardown);
	add_tests(tc);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
