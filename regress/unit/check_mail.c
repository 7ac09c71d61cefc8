/* ntpd-mail's dialogue with a mail server, and how many letters there are. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ntpd/mail/smtp.h"
#include "ntpd/parent/letters.h"
#include "regress/unit/unit.h"

#define REAL_NS	(1795238438 * NS_PER_SEC)

static const struct smtp_letter letter = {
	.host = "time.example", .to = "root", .offset_ns = -1500000000,
	.real_ns = REAL_NS,
};

START_TEST(test_letter)
{
	struct smtp_letter behind = letter;
	char text[SMTP_TEXT_MAX];

	ck_assert_int_eq(smtp_format_letter(&letter, text, sizeof(text)), 0);
	ck_assert_str_eq(text,
	    "From: ntpd <root@time.example>\r\n"
	    "To: <root@localhost>\r\n"
	    "Subject: The clock of time.example was wrong by -1.500 "
	    "seconds\r\n"
	    "Date: Sat, 21 Nov 2026 05:20:38 +0000\r\n"
	    "Message-ID: <1795238438000000000.ntpd@time.example>\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "\r\n"
	    "At 2026-11-21 05:20:38 UTC, as the clock of time.example had "
	    "it,\r\n"
	    "ntpd found that clock 1.500000 seconds ahead of true time.\r\n"
	    "It is being corrected.\r\n"
	    ".\r\n");
	ck_assert_int_eq(smtp_format_letter(&letter, text, 100), -1);
	strlcpy(behind.to, "a@b.example", sizeof(behind.to));
	behind.offset_ns = 250000000;
	ck_assert_int_eq(smtp_format_letter(&behind, text, sizeof(text)), 0);
	ck_assert_ptr_nonnull(strstr(text, "\r\nTo: <a@b.example>\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "0.250000 seconds behind true"));
}
END_TEST

static enum smtp_result
say(struct smtp *s, const char *text)
{
	return (smtp_input(s, text, strlen(text)));
}

START_TEST(test_dialogue)
{
	char text[SMTP_TEXT_MAX];
	struct smtp s;

	smtp_init(&s, &letter);
	/* in pieces, with lines that go on */
	ck_assert_int_eq(say(&s, "220-mail.exam"), SMTP_MORE);
	ck_assert_int_eq(say(&s, "ple ESMTP\r\n220 no spam"), SMTP_MORE);
	ck_assert_int_eq(say(&s, "\r\n"), SMTP_SEND);
	ck_assert_str_eq(s.out, "HELO time.example\r\n");
	ck_assert_int_eq(say(&s, "250 time.example\r\n"), SMTP_SEND);
	ck_assert_str_eq(s.out, "MAIL FROM:<root@time.example>\r\n");
	ck_assert_int_eq(say(&s, "250\n"), SMTP_SEND);
	ck_assert_str_eq(s.out, "RCPT TO:<root@localhost>\r\n");
	ck_assert_int_eq(say(&s, "251 forwarded\r\n"), SMTP_SEND);
	ck_assert_str_eq(s.out, "DATA\r\n");
	ck_assert_int_eq(say(&s, "354 go on\r\n"), SMTP_SEND);
	ck_assert_int_eq(smtp_format_letter(&letter, text, sizeof(text)), 0);
	ck_assert_str_eq(s.out, text);
	ck_assert_int_eq(say(&s, "250 queued\r\n"), SMTP_DONE);
	ck_assert_int_eq(say(&s, "250 and more\r\n"), SMTP_FAILED);
}
END_TEST

/* Replies to the greeting, HELO ... that end it, and what is told of them. */
static const struct {
	unsigned	 steps;		/* good replies before */
	const char	*text;
	const char	*reply;
} bad[] = {
	{ 0, "554 no service\r\n", "554 no service" },
	{ 0, "hello\r\n", "hello" },
	{ 0, "22\r\n", "22" },
	{ 0, "220x\r\n", "220x" },
	{ 0, "354 what\r\n", "354 what" },
	{ 0, "220 a\r\n250 early\r\n", "220 a" },
	{ 1, "421 closing\r\n", "421 closing" },
	{ 3, "550 unknown user\r\n", "550 unknown user" },
	{ 4, "250 not 354\r\n", "250 not 354" },
	{ 5, "452 full\r\n", "452 full" },
};

START_TEST(test_refused)
{
	struct smtp s;
	unsigned i;

	smtp_init(&s, &letter);
	for (i = 0; i < bad[_i].steps; i++)
		ck_assert_int_eq(say(&s, i == 4 ? "354 go\r\n" : "250 ok\r\n"),
		    SMTP_SEND);
	ck_assert_int_eq(say(&s, bad[_i].text), SMTP_FAILED);
	ck_assert_str_eq(s.reply, bad[_i].reply);
}
END_TEST

START_TEST(test_too_long)
{
	struct smtp s;
	int i;

	smtp_init(&s, &letter);
	for (i = 0; i < SMTP_LINE_MAX - 1; i++)
		ck_assert_int_eq(say(&s, "2"), SMTP_MORE);
	ck_assert_int_eq(say(&s, "2"), SMTP_FAILED);
	ck_assert_uint_eq(strlen(s.reply), SMTP_LINE_MAX - 1);
}
END_TEST

START_TEST(test_letters)
{
	struct msg_change m = { 1, REAL_NS }, got;
	int64_t now_ns = 50 * NS_PER_SEC;
	struct letters l;
	int i;

	memset(&l, 0, sizeof(l));
	ck_assert_int_eq(letters_take(&l, &got), 0);
	for (i = 0; i < LETTERS_BURST; i++) {
		m.offset_ns = i;
		ck_assert_int_eq(letters_put(&l, &m, now_ns), 1);
	}
	ck_assert_int_eq(letters_put(&l, &m, now_ns), 0);
	ck_assert_uint_eq(l.dropped, 1);
	/* the newest, and once */
	ck_assert_int_eq(letters_take(&l, &got), 1);
	ck_assert_int_eq(got.offset_ns, LETTERS_BURST - 1);
	ck_assert_int_eq(letters_take(&l, &got), 0);
	now_ns += LETTERS_NS;
	ck_assert_int_eq(letters_put(&l, &m, now_ns), 1);
	ck_assert_int_eq(letters_put(&l, &m, now_ns), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mail");
	TCase *t = tcase_create("mail");

	tcase_add_test(t, test_letter);
	tcase_add_test(t, test_dialogue);
	tcase_add_loop_test(t, test_refused, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, test_too_long);
	tcase_add_test(t, test_letters);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
