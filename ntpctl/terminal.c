/*
 * Keys one by one and the other screen of a terminal, for ntpctl watch.  Must
 * give it back as it was.
 */
#include "ntpctl/terminal.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENTER	"\033[?1049h\033[?25l\033[2J"
#define LEAVE	"\033[?25h\033[?1049l"

static void
put(const char *s)
{
	size_t	 len = strlen(s);

	while (write(STDOUT_FILENO, s, len) == -1 && errno == EINTR)
		;
}

static int
enter(struct terminal *t)
{
	struct termios	 raw;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetattr(STDIN_FILENO, &t->before) == -1)
		return (-1);
	raw = t->before;
	raw.c_lflag &= ~(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) == -1)
		return (-1);
	t->live = 1;
	put(ENTER);
	return (0);
}

void
terminal_restore(struct terminal *t)
{
	if (!t->live)
		return;
	t->live = 0;
	put(LEAVE);
	tcsetattr(STDIN_FILENO, TCSANOW, &t->before);
}

int
terminal_screen(struct terminal *t, int *rows, int *columns)
{
	struct winsize	 size;

	if (rows == NULL) {
		terminal_restore(t);
		return (0);
	}
	if (!t->live && enter(t) == -1)
		return (-1);
	*rows = 24;
	*columns = 80;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 &&
	    size.ws_col > 0) {
		*rows = size.ws_row;
		*columns = size.ws_col;
	}
	return (0);
}

int
terminal_key(struct terminal *t, double seconds)
{
	struct pollfd	 pfd = { .fd = STDIN_FILENO, .events = POLLIN };
	unsigned char	 key;
	int		 n;

	(void)t;
	n = poll(&pfd, 1, (int)(seconds * 1e3));
	/* the window may have another size now */
	if (n == 0 || (n == -1 && errno == EINTR))
		return (0);
	if (n == -1 || read(STDIN_FILENO, &key, 1) != 1)
		return (-1);
	return (key);
}
