/* Tests of client_conf.h: kith(1), CONF. */
#include "config.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/client_conf.h"

static char directory[64];
static char file[96];

static void make_directory(void)
{
	snprintf(directory, sizeof(directory), "/tmp/test_client_conf.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(file, sizeof(file), "%s/file", directory);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static void remove_directory(void)
{
	nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void write_file(const char *text, mode_t mode)
{
	FILE *stream = fopen(file, "w");

	ck_assert_ptr_nonnull(stream);
	ck_assert_int_ge(fputs(text, stream), 0);
	ck_assert_int_eq(fclose(stream), 0);
	ck_assert_int_eq(chmod(file, mode), 0);
}

START_TEST(every_key_is_read)
{
	struct client_conf conf;
	char *why;

	write_file("# mine\n"
		   "jid = Alice@Example.org/Desk\n"
		   "password_file = /tmp/password ; a comment\n"
		   "server = localhost:5223\n"
		   "tls = off # for tests\n"
		   "service = kith.example.org\n"
		   "book = /tmp/book #1\n"
		   "region = GB\n"
		   "name = Alice Example\n",
		0644);
	ck_assert_int_eq(client_conf_read(&conf, file, &why), 0);
	ck_assert_ptr_null(why);
	ck_assert_str_eq(conf.jid, "alice@example.org/Desk");
	ck_assert_str_eq(conf.password_file, "/tmp/password");
	ck_assert_str_eq(conf.server, "localhost");
	ck_assert_uint_eq(conf.port, 5223);
	ck_assert(!conf.tls);
	ck_assert_str_eq(conf.service, "kith.example.org");
	ck_assert_str_eq(conf.book, "/tmp/book");
	ck_assert_str_eq(conf.region, "GB");
	ck_assert_str_eq(conf.name, "Alice Example");
	ck_assert(client_conf_is_of(&conf, "alice@example.org"));
	ck_assert(client_conf_is_of(&conf, "alice@example.org/prof"));
	ck_assert(!client_conf_is_of(&conf, "alice@example.com"));
	client_conf_clear(&conf);
	ck_assert_ptr_null(conf.jid);
}
END_TEST

START_TEST(what_is_not_said_is_safe)
{
	struct client_conf conf;
	char *why;

	write_file("jid = alice@example.org\n", 0644);
	ck_assert_int_eq(client_conf_read(&conf, file, &why), 0);
	ck_assert(conf.tls);
	ck_assert_ptr_null(conf.server);
	ck_assert_uint_eq(conf.port, 0);
	ck_assert_ptr_null(conf.password_file);
	client_conf_clear(&conf);
}
END_TEST

/* The server key: host and port that come of it; no host: refused. */
static const struct {
	const char *value;
	const char *host;
	unsigned port;
} servers[] = {
	{"example.org", "example.org", 0},
	{"example.org:5222", "example.org", 5222},
	{"192.0.2.1:1", "192.0.2.1", 1},
	{"[2001:db8::1]:65535", "2001:db8::1", 65535},
	{"[2001:db8::1]", "2001:db8::1", 0},
	{":5222", NULL, 0},
	{"example.org:", NULL, 0},
	{"example.org:0", NULL, 0},
	{"example.org:65536", NULL, 0},
	{"example.org:52x", NULL, 0},
	{"[2001:db8::1", NULL, 0},
	{"[2001:db8::1]5222", NULL, 0},
	{"[]:5222", NULL, 0},
};

START_TEST(a_server_is_a_host_and_perhaps_a_port)
{
	struct client_conf conf;
	char text[128];
	char *why;
	int rc;

	snprintf(text, sizeof(text), "jid = a@b\nserver = %s\n", servers[_i].value);
	write_file(text, 0644);
	rc = client_conf_read(&conf, file, &why);
	ck_assert_int_eq(rc, servers[_i].host ? 0 : -1);
	if (servers[_i].host) {
		ck_assert_str_eq(conf.server, servers[_i].host);
		ck_assert_uint_eq(conf.port, servers[_i].port);
	}
	client_conf_clear(&conf);
	free(why);
}
END_TEST

/* A conf with a fault, and what is said of it behind the file's name. */
static const struct {
	const char *text;
	const char *why;
} faults[] = {
	{"", ": jid is missing"},
	{"jid = a@b\npasword_file = x\n", ":2: unknown key: pasword_file"},
	{"jid = a@b\n\n# again\njid = c@d\n", ":4: said twice: jid"},
	{"jid = a@b\nregion = England\n", ":2: not a region of two letters, like GB: England"},
	{"jid = a@b\ntls = yes\n", ":2: tls is on or off, not: yes"},
	{"jid = a@b\nbook =\n", ":2: no value for: book"},
	{"jid = a@b\nbook = # none\n", ":2: no value for: book"},
#ifndef HAVE_EDS
	{"jid = a@b\nbook = eds:home\n",
		":2: this kith was built without Evolution Data Server: eds:home"},
#endif
	{"jid = a@b\nnonsense\n", ":2: not KEY = VALUE"},
	{"jid = a@b\n[book]\nbook = x\n", ":3: there are no sections in this conf: book"},
	{"jid = example.org\n", ":1: not a JID like alice@example.org: example.org"},
	{"jid = @example.org\n", ":1: not a JID like alice@example.org: @example.org"},
	{"jid = alice@/x\n", ":1: not a JID like alice@example.org: alice@/x"},
	{"jid = example.org/a@b\n", ":1: not a JID like alice@example.org: example.org/a@b"},
};

START_TEST(a_fault_is_told_with_its_line)
{
	struct client_conf conf;
	char expected[256];
	char *why;

	write_file(faults[_i].text, 0644);
	ck_assert_int_eq(client_conf_read(&conf, file, &why), -1);
	ck_assert_ptr_nonnull(why);
	snprintf(expected, sizeof(expected), "%s%s", file, faults[_i].why);
	ck_assert_str_eq(why, expected);
	free(why);
	client_conf_clear(&conf);
}
END_TEST

START_TEST(all_faults_are_told_at_once)
{
	struct client_conf conf;
	char *why;

	write_file("tls = maybe\nnope = 1\n", 0644);
	ck_assert_int_eq(client_conf_read(&conf, file, &why), -1);
	ck_assert_ptr_nonnull(strstr(why, ":1: tls is on or off, not: maybe\n"));
	ck_assert_ptr_nonnull(strstr(why, ":2: unknown key: nope\n"));
	ck_assert_ptr_nonnull(strstr(why, "file: jid is missing"));
	free(why);
	client_conf_clear(&conf);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_refused_not_cut)
{
	struct client_conf conf;
	char text[4096];
	size_t len = (size_t)snprintf(text, sizeof(text), "jid = a@b\nbook = /");
	char *why;

	memset(text + len, 'x', 3000);
	snprintf(text + len + 3000, sizeof(text) - len - 3000, "\nnope = 1\n");
	write_file(text, 0644);
	ck_assert_int_eq(client_conf_read(&conf, file, &why), -1);
	ck_assert_ptr_nonnull(strstr(why, ":2: this line is too long\n"));
	ck_assert_ptr_nonnull(strstr(why, ":3: unknown key: nope"));
	free(why);
	client_conf_clear(&conf);
}
END_TEST

START_TEST(a_conf_that_is_not_there_is_a_fault)
{
	struct client_conf conf;
	char *why;

	ck_assert_int_eq(client_conf_read(&conf, "/nonexistent/kith.conf", &why), -1);
	ck_assert_str_eq(why, "/nonexistent/kith.conf: No such file or directory");
	free(why);
	client_conf_clear(&conf);
}
END_TEST

/* A path below the directory of the test. */
static const char *below(const char *path)
{
	static char whole[256];

	snprintf(whole, sizeof(whole), "%s/%s", directory, path);
	return whole;
}

START_TEST(the_home_says_where_things_are)
{
	struct client_conf conf = {0};
	char *path;

	setenv("HOME", directory, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_DATA_HOME");
	unsetenv("XDG_STATE_HOME");
	path = client_conf_path();
	ck_assert_str_eq(path, below(".config/kith/kith.conf"));
	free(path);
	conf.password_file = strdup("~/secret");
	ck_assert_int_eq(client_conf_defaults(&conf, "alice@example.org/desk"), 0);
	ck_assert_str_eq(conf.password_file, below("secret"));
	ck_assert_str_eq(conf.book, below(".local/share/kith/alice@example.org/book"));
	ck_assert_str_eq(conf.state, below(".local/state/kith"));
	client_conf_clear(&conf);
}
END_TEST

START_TEST(what_book_and_state_lie_in_is_made)
{
	struct client_conf conf = {0};
	struct stat status;

	setenv("HOME", directory, 1);
	unsetenv("XDG_DATA_HOME");
	unsetenv("XDG_STATE_HOME");
	ck_assert_int_eq(client_conf_defaults(&conf, "alice@example.org"), 0);
	ck_assert_int_eq(client_conf_defaults(&conf, "alice@example.org"), 0);
	ck_assert_int_eq(stat(below(".local/share/kith/alice@example.org"), &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0700);
	ck_assert_int_eq(stat(below(".local/state"), &status), 0);
	client_conf_clear(&conf);
	write_file("in the way", 0644);
	setenv("HOME", file, 1);
	ck_assert_int_eq(client_conf_defaults(&conf, "alice@example.org"), -1);
	client_conf_clear(&conf);
}
END_TEST

START_TEST(for_a_book_that_is_no_directory_none_is_made)
{
	struct client_conf conf = {0};
	struct stat status;
	int here = open(".", O_RDONLY);

	setenv("HOME", directory, 1);
	ck_assert_int_eq(chdir(directory), 0);
	conf.book = strdup("eds:Friends/Family");
	ck_assert_int_eq(client_conf_defaults(&conf, "alice@example.org"), 0);
	ck_assert_str_eq(conf.book, "eds:Friends/Family");
	ck_assert_int_eq(stat("eds:Friends", &status), -1);
	client_conf_clear(&conf);
	ck_assert_int_eq(fchdir(here), 0);
	close(here);
}
END_TEST

START_TEST(the_xdg_variables_say_it_instead)
{
	struct client_conf conf = {0};
	char *path;

	setenv("HOME", directory, 1);
	setenv("XDG_CONFIG_HOME", below("c"), 1);
	setenv("XDG_DATA_HOME", below("d"), 1);
	setenv("XDG_STATE_HOME", "relative, so of no meaning", 1);
	path = client_conf_path();
	ck_assert_str_eq(path, below("c/kith/kith.conf"));
	free(path);
	conf.book = strdup("~/contacts");
	ck_assert_int_eq(client_conf_defaults(&conf, "alice@example.org"), 0);
	ck_assert_str_eq(conf.book, below("contacts"));
	ck_assert_str_eq(conf.state, below(".local/state/kith"));
	client_conf_clear(&conf);
	ck_assert_int_eq(client_conf_defaults(&conf, "alice@example.org"), 0);
	ck_assert_str_eq(conf.book, below("d/kith/alice@example.org/book"));
	client_conf_clear(&conf);
}
END_TEST

START_TEST(without_a_home_there_is_no_default)
{
	struct client_conf conf = {0};

	unsetenv("HOME");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_DATA_HOME");
	unsetenv("XDG_STATE_HOME");
	ck_assert_ptr_null(client_conf_path());
	ck_assert_int_eq(client_conf_defaults(&conf, "alice@example.org"), -1);
	client_conf_clear(&conf);
}
END_TEST

/* A file, its mode, and the password or what is said of it behind the file's name. */
static const struct {
	const char *text;
	mode_t mode;
	const char *password, *why;
} passwords[] = {
	{"s3cret\n", 0600, "s3cret", NULL},
	{"s3cret\r\nnext line\n", 0600, "s3cret", NULL},
	{" with blanks ", 0400, " with blanks ", NULL},
	{"s3cret\n", 0640, NULL, ": others can read or write it: chmod 600"},
	{"s3cret\n", 0604, NULL, ": others can read or write it: chmod 600"},
	{"", 0600, NULL, ": it is empty"},
	{"\ns3cret\n", 0600, NULL, ": its first line is empty"},
};

START_TEST(the_password_is_the_first_line_of_a_file_for_its_owner_only)
{
	struct client_conf conf = {.password_file = file};
	char expected[256];
	char *why;
	char *password;

	write_file(passwords[_i].text, passwords[_i].mode);
	password = client_conf_password(&conf, &why);
	if (passwords[_i].password) {
		ck_assert_pstr_eq(password, passwords[_i].password);
		ck_assert_ptr_null(why);
	} else {
		ck_assert_ptr_null(password);
		snprintf(expected, sizeof(expected), "%s%s", file, passwords[_i].why);
		ck_assert_pstr_eq(why, expected);
	}
	free(password);
	free(why);
}
END_TEST

START_TEST(a_password_file_that_is_not_there_is_told)
{
	char absent[] = "/nonexistent/password";
	struct client_conf conf = {.password_file = absent};
	char *why;

	ck_assert_ptr_null(client_conf_password(&conf, &why));
	ck_assert_str_eq(why, "/nonexistent/password: No such file or directory");
	free(why);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("client_conf");
	TCase *tests = tcase_create("kith(1), CONF");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, make_directory, remove_directory);
	tcase_add_test(tests, every_key_is_read);
	tcase_add_test(tests, what_is_not_said_is_safe);
	tcase_add_loop_test(tests, a_server_is_a_host_and_perhaps_a_port, 0, COUNT(servers));
	tcase_add_loop_test(tests, a_fault_is_told_with_its_line, 0, COUNT(faults));
	tcase_add_test(tests, all_faults_are_told_at_once);
	tcase_add_test(tests, a_line_that_is_too_long_is_refused_not_cut);
	tcase_add_test(tests, a_conf_that_is_not_there_is_a_fault);
	tcase_add_test(tests, the_home_says_where_things_are);
	tcase_add_test(tests, what_book_and_state_lie_in_is_made);
	tcase_add_test(tests, for_a_book_that_is_no_directory_none_is_made);
	tcase_add_test(tests, the_xdg_variables_say_it_instead);
	tcase_add_test(tests, without_a_home_there_is_no_default);
	tcase_add_loop_test(tests, the_password_is_the_first_line_of_a_file_for_its_owner_only, 0,
		COUNT(passwords));
	tcase_add_test(tests, a_password_file_that_is_not_there_is_told);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
