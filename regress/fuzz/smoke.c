/*
 * Runs a fuzz target without a fuzzer, with any compiler: first over all
 * files of a corpus, then over inputs made from a seed, half of them from
 * nothing and half by changing a file of the corpus.  The same seed gives
 * the same inputs everywhere.  With libFuzzer (`make fuzz') this file is not
 * linked, and the same target looks for new paths instead.
 *
 *	fuzz_NAME [-runs=N] [-seed=N] [-max_len=N] [file or directory ...]
 *
 * A name that does not exist is no error: a target may have no corpus.  When
 * the target fails, its input is written out in hexadecimal.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CORPUS_MAX	1000
#define FILE_MAX	65536
#define NAME_LEN	1024

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
/* there with a sanitizer only */
extern void	__sanitizer_set_death_callback(void (*fn)(void))
		    __attribute__((__weak__));

struct input {
	uint8_t	*data;
	size_t	 len;
};

struct smoke {
	struct input	corpus[CORPUS_MAX];
	size_t		ncorpus;
	uint64_t	random;
	uint64_t	runs;
	size_t		max_len;
};

/* What is running now, for whoever has to say what went wrong. */
static struct input	current;

static void
write_current(void)
{
	static const char	digits[] = "0123456789abcdef";
	char			hex[2];
	size_t			i;

	if (write(STDERR_FILENO, "input: ", 7) != 7)
		return;
	for (i = 0; i < current.len; i++) {
		hex[0] = digits[current.data[i] >> 4];
		hex[1] = digits[current.data[i] & 0xf];
		if (write(STDERR_FILENO, hex, 2) != 2)
			return;
	}
	if (write(STDERR_FILENO, "\n", 1) != 1)
		return;
}

static void
on_signal(int sig)
{
	write_current();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* splitmix64 */
static uint64_t
smoke_random(struct smoke *s)
{
	uint64_t	x;

	x = s->random += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (x ^ (x >> 31));
}

/* 0..n-1 */
static size_t
smoke_below(struct smoke *s, size_t n)
{
	return (n == 0 ? 0 : (size_t)(smoke_random(s) % n));
}

/* In a block of just its size, so that reading past its end is noticed. */
static void
smoke_run(const uint8_t *data, size_t len)
{
	current.len = len;
	if ((current.data = malloc(len > 0 ? len : 1)) == NULL) {
		perror("malloc");
		exit(2);
	}
	if (len > 0)
		memcpy(current.data, data, len);
	LLVMFuzzerTestOneInput(current.data, len);
	free(current.data);
	current.len = 0;
}

static void
corpus_add_file(struct smoke *s, const char *path)
{
	struct input	*in;
	FILE		*f;

	if (s->ncorpus == CORPUS_MAX) {
		fprintf(stderr, "%s: more than %d files\n", path, CORPUS_MAX);
		exit(2);
	}
	in = &s->corpus[s->ncorpus++];
	if ((in->data = malloc(FILE_MAX)) == NULL ||
	    (f = fopen(path, "rb")) == NULL) {
		perror(path);
		exit(2);
	}
	in->len = fread(in->data, 1, FILE_MAX, f);
	if (ferror(f) || fgetc(f) != EOF) {
		fprintf(stderr, "%s: cannot be read, or is longer than %d\n",
		    path, FILE_MAX);
		exit(2);
	}
	fclose(f);
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return (strcmp((*a)->d_name, (*b)->d_name));
}

static void
corpus_add(struct smoke *s, const char *path)
{
	struct dirent	**list;
	struct stat	  st;
	char		  name[NAME_LEN];
	int		  i, n;

	if (stat(path, &st) == -1) {
		if (errno == ENOENT)
			return;
		perror(path);
		exit(2);
	}
	if (!S_ISDIR(st.st_mode)) {
		corpus_add_file(s, path);
		return;
	}
	if ((n = scandir(path, &list, NULL, by_name)) == -1) {
		perror(path);
		exit(2);
	}
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, list[i]->d_name);
		if (list[i]->d_name[0] != '.')
			corpus_add(s, name);
		free(list[i]);
	}
	free(list);
}

/* Short ones are more likely; some have few different bytes. */
static size_t
make_random(struct smoke *s, uint8_t *buf)
{
	size_t	 i, len;
	uint64_t mask = ~0ULL;

	len = smoke_below(s, smoke_below(s, s->max_len) + 1);
	if (smoke_below(s, 4) == 0)
		mask = smoke_random(s);
	for (i = 0; i < len; i++)
		buf[i] = (uint8_t)(smoke_random(s) & mask);
	return (len);
}

static size_t
make_changed(struct smoke *s, uint8_t *buf)
{
	static const uint8_t	 odd[] = { 0, 1, 0x7f, 0x80, 0xff, '\n' };
	const struct input	*in = &s->corpus[smoke_below(s, s->ncorpus)];
	size_t			 at, n, len = in->len;

	if (len > s->max_len)
		len = s->max_len;
	memcpy(buf, in->data, len);
	for (n = smoke_below(s, 8) + 1; n > 0 && len > 0; n--) {
		at = smoke_below(s, len);
		switch (smoke_below(s, 6)) {
		case 0:
			buf[at] ^= 1 << smoke_below(s, 8);
			break;
		case 1:
			buf[at] = (uint8_t)smoke_random(s);
			break;
		case 2:
			buf[at] = odd[smoke_below(s, sizeof(odd))];
			break;
		case 3:		/* cut it off */
			len = at;
			break;
		case 4:		/* take something out */
			memmove(&buf[at], &buf[at + 1], len - at - 1);
			len--;
			break;
		case 5:		/* double a part */
			if (len + (len - at) > s->max_len)
				break;
			memcpy(&buf[len], &buf[at], len - at);
			len += len - at;
			break;
		}
	}
	return (len);
}

static uint64_t
number(const char *arg, const char *text)
{
	unsigned long long	 v;
	char			*end;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0') {
		fprintf(stderr, "%s: not a number\n", arg);
		exit(2);
	}
	return (v);
}

static void
options(struct smoke *s, int argc, char **argv)
{
	int	i;

	for (i = 1; i < argc; i++) {
		if (strncmp(argv[i], "-runs=", 6) == 0)
			s->runs = number(argv[i], argv[i] + 6);
		else if (strncmp(argv[i], "-seed=", 6) == 0)
			s->random = number(argv[i], argv[i] + 6);
		else if (strncmp(argv[i], "-max_len=", 9) == 0)
			s->max_len = number(argv[i], argv[i] + 9);
		else if (argv[i][0] == '-') {
			fprintf(stderr, "%s: unknown option\n", argv[i]);
			exit(2);
		} else
			corpus_add(s, argv[i]);
	}
	if (s->max_len < 1 || s->max_len > FILE_MAX) {
		fprintf(stderr, "-max_len=1..%d\n", FILE_MAX);
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	static const int	 fatal_signals[] = {
		SIGBUS, SIGFPE, SIGILL, SIGSEGV
	};
	struct smoke		*s;
	uint8_t			*buf;
	uint64_t		 i;
	size_t			 len;

	s = calloc(1, sizeof(*s));
	buf = malloc(FILE_MAX);
	if (s == NULL || buf == NULL) {
		perror("malloc");
		return (2);
	}
	s->random = 1;
	s->runs = 20000;
	s->max_len = 4096;
	options(s, argc, argv);
	signal(SIGABRT, on_signal);
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(write_current);
	else {
		for (i = 0; i < sizeof(fatal_signals) / sizeof(int); i++)
			signal(fatal_signals[i], on_signal);
	}
	for (i = 0; i < s->ncorpus; i++)
		smoke_run(s->corpus[i].data, s->corpus[i].len);
	for (i = 0; i < s->runs; i++) {
		if (s->ncorpus > 0 && i % 2 == 1)
			len = make_changed(s, buf);
		else
			len = make_random(s, buf);
		smoke_run(buf, len);
	}
	printf("%zu files and %llu made inputs\n", s->ncorpus,
	    (unsigned long long)s->runs);
	for (i = 0; i < s->ncorpus; i++)
		free(s->corpus[i].data);
	free(buf);
	free(s);
	return (0);
}
