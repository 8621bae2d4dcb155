/* kith.conf: what is read, and what is refused with file and line. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buffer.h"
#include "component/settings.h"

static char directory[] = "/tmp/kith-settings-XXXXXX";
static char conf[64], secret[64];

static void set_up(void)
{
	strcpy(strrchr(directory, '-'), "-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(conf, sizeof(conf), "%s/kith.conf", directory);
	snprintf(secret, sizeof(secret), "%s/secret", directory);
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void tear_down(void)
{
	unlink(conf);
	unlink(secret);
	rmdir(directory);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	ck_assert_int_eq(chmod(path, mode), 0);
}

/* The settings of this text, with no fault. The caller frees. */
static struct settings *read_good(const char *text)
{
	struct settings *settings;
	char *why = NULL;

	write_file(conf, text, 0600);
	settings = settings_read(conf, &why);
	ck_assert_msg(settings != NULL, "%s", why);
	ck_assert_ptr_null(why);
	return settings;
}

/* The faults of this text, the path of the conf left out. */
static void check_faults(const char *text, mode_t mode, const char *expected)
{
	char *why = NULL;
	char found[2048] = "";

	write_file(conf, text, mode);
	ck_assert_ptr_null(settings_read(conf, &why));
	ck_assert_int_eq(errno, 0);
	ck_assert_ptr_nonnull(why);
	for (const char *line = why; *line;) {
		size_t len = strcspn(line, "\n");

		ck_assert_msg(strncmp(line, conf, strlen(conf)) == 0, "%s", why);
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%.*s\n",
			(int)(len - strlen(conf) - 1), line + strlen(conf) + 1);
		line += len + (line[len] == '\n');
	}
	free(why);
	ck_assert_str_eq(found, expected);
}

#define NEEDED "jid = kith.example.org\nsecret = s3cret\ndomains = example.org\n"

START_TEST(what_a_conf_leaves_out_has_the_shipped_default)
{
	struct settings *settings = read_good(NEEDED);

	ck_assert_str_eq(settings->jid, "kith.example.org");
	ck_assert_str_eq(settings->server_host, "127.0.0.1");
	ck_assert_uint_eq(settings->server_port, 5347);
	ck_assert_str_eq(settings->secret, "s3cret");
	ck_assert_str_eq(settings->store_path, "/var/lib/kith/kith.db");
	ck_assert_str_eq(settings->region, "");
	ck_assert_ptr_null(settings->admins[0]);
	ck_assert_int_eq(settings->defaults[SETTING_VISIBLE], CIRCLE_KNOWN);
	ck_assert_int_eq(settings->defaults[SETTING_AUDIENCE], CIRCLE_KNOWN);
	ck_assert_int_eq(settings->defaults[SETTING_FINDABLE], CIRCLE_NOBODY);
	ck_assert_int_eq(settings->defaults[SETTING_SHARE], SHARE_ASK);
	ck_assert_int_eq(settings->defaults[SETTING_UPDATES], UPDATES_AUTO);
	ck_assert_uint_eq(settings->limits.contacts_per_book, 10000);
	ck_assert_uint_eq(settings->limits.card_bytes, 131072);
	ck_assert_int_eq(settings->defaults[SETTING_PUSHES], PUSHES_ON);
	ck_assert_uint_eq(settings->limits.keep_days, 90);
	ck_assert_uint_eq(settings->limits.push_per_holder, 10);
	ck_assert_uint_eq(settings->limits.sleep_days, 0);
	ck_assert_uint_eq(settings->limits.queue_bytes, 4194304);
	for (int i = 0; i < RATE_COUNT; i++) {
		ck_assert_uint_gt(settings->limits.rates[i].account, 0);
		ck_assert_uint_gt(settings->limits.rates[i].all, settings->limits.rates[i].account);
	}
	for (int i = 0; i < SETTING_COUNT; i++)
		for (size_t word = 0; setting_word((enum setting)i, word); word++)
			ck_assert_str_eq(settings_choice(settings, (enum setting)i, word),
				setting_word((enum setting)i, word));
	settings_free(settings);
}
END_TEST

static void check_choices(
	const struct settings *settings, enum setting setting, const char *expected)
{
	char words[128] = "";

	for (size_t i = 0; settings_choice(settings, setting, i); i++) {
		strcat(words, i > 0 ? " " : "");
		strcat(words, settings_choice(settings, setting, i));
	}
	ck_assert_str_eq(words, expected);
}

START_TEST(every_key_is_read)
{
	struct settings *settings = read_good("\xef\xbb\xbf# a comment\n"
					      "jid = KITH.Example.org ; prepared\n"
					      "server = [::1]:5348\t# a comment\n"
					      "secret = a#b\n"
					      "store = sqlite:/tmp/x.db\n"
					      "domains = example.org, Example.NET\n"
					      "   example.com\n"
					      "admins = Admin@example.org\n"
					      "region = GB\n"
					      "preset = company\n"
					      "name = Address books\n"
					      "description = Numbers\n"
					      "url = https://example.org/\n"
					      "abuse_addresses = mailto:a@example.org,\n"
					      "  xmpp:a@example.org\n"
					      "[limits]\r\n"
					      "contacts_per_book = 5\r\n"
					      "card_bytes = 2048\n"
					      "keep_days = 7\n"
					      "push_per_holder = 3\n"
					      "sleep_days = 400\n"
					      "queue_bytes = 65536\n"
					      "changes_per_day = 1\n"
					      "lookups_per_hour = 2\n"
					      "searches_per_hour = 3\n"
					      "shares_per_hour = 4\n"
					      "writes_per_hour = 0\n"
					      "changes_per_day_in_all = 11\n"
					      "lookups_per_hour_in_all = 12\n"
					      "searches_per_hour_in_all = 13\n"
					      "shares_per_hour_in_all = 14\n"
					      "writes_per_hour_in_all = 0\n"
					      "[choices]\n"
					      "visible = nobody, everyone\n"
					      "  mutual\n"
					      "updates = never\n"
					      "hold = 0, 600\n"
					      "[defaults]\n"
					      "visible = nobody\n"
					      "audience = mutual\n"
					      "updates = never\n"
					      "pushes = off");

	ck_assert_str_eq(settings->jid, "kith.example.org");
	ck_assert_str_eq(settings->server_host, "::1");
	ck_assert_uint_eq(settings->server_port, 5348);
	ck_assert_str_eq(settings->secret, "a#b");
	ck_assert_str_eq(settings->store_path, "/tmp/x.db");
	ck_assert_str_eq(settings->domains[0], "example.org");
	ck_assert_str_eq(settings->domains[1], "example.net");
	ck_assert_str_eq(settings->domains[2], "example.com");
	ck_assert_ptr_null(settings->domains[3]);
	ck_assert_str_eq(settings->admins[0], "admin@example.org");
	ck_assert_str_eq(settings->region, "GB");
	ck_assert_str_eq(settings->name, "Address books");
	ck_assert_str_eq(settings->description, "Numbers");
	ck_assert_str_eq(settings->url, "https://example.org/");
	ck_assert_str_eq(settings->addresses[ADDRESSES_ABUSE][0], "mailto:a@example.org");
	ck_assert_str_eq(settings->addresses[ADDRESSES_ABUSE][1], "xmpp:a@example.org");
	ck_assert_ptr_null(settings->addresses[ADDRESSES_ABUSE][2]);
	ck_assert_ptr_null(settings->addresses[ADDRESSES_ADMIN][0]);
	ck_assert_int_eq(settings->defaults[SETTING_VISIBLE], CIRCLE_NOBODY);
	ck_assert_int_eq(settings->defaults[SETTING_AUDIENCE], CIRCLE_MUTUAL);
	ck_assert_int_eq(settings->defaults[SETTING_FINDABLE], CIRCLE_EVERYONE);
	ck_assert_int_eq(settings->defaults[SETTING_SHARE], SHARE_YES);
	ck_assert_int_eq(settings->defaults[SETTING_UPDATES], UPDATES_NEVER);
	ck_assert_uint_eq(settings->limits.contacts_per_book, 5);
	ck_assert_uint_eq(settings->limits.card_bytes, 2048);
	ck_assert_int_eq(settings->defaults[SETTING_PUSHES], PUSHES_OFF);
	ck_assert_uint_eq(settings->limits.keep_days, 7);
	ck_assert_uint_eq(settings->limits.push_per_holder, 3);
	ck_assert_uint_eq(settings->limits.sleep_days, 400);
	ck_assert_uint_eq(settings->limits.queue_bytes, 65536);
	for (unsigned i = 0; i < RATE_COUNT; i++) {
		ck_assert_uint_eq(settings->limits.rates[i].account, i < RATE_WRITE ? i + 1 : 0);
		ck_assert_uint_eq(settings->limits.rates[i].all, i < RATE_WRITE ? i + 11 : 0);
	}
	check_choices(settings, SETTING_VISIBLE, "nobody mutual everyone");
	check_choices(settings, SETTING_AUDIENCE, "nobody chosen mutual known everyone");
	check_choices(settings, SETTING_UPDATES, "never");
	check_choices(settings, SETTING_HOLD, "0 600");
	ck_assert(settings_has_choice(settings, SETTING_HOLD, 600));
	ck_assert(!settings_has_choice(settings, SETTING_HOLD, 60));
	ck_assert(!settings_has_choice(settings, SETTING_HOLD, 7));
	ck_assert(!settings_has_choice(settings, SETTING_VISIBLE, -1));
	settings_free(settings);
}
END_TEST

/* Design, section 4, "Rules": the table to the letter. */
static const struct {
	const char *name, *shipped, *company, *public;
} presets[] = {
	{"visible", "known", "everyone", "mutual"},
	{"audience", "known", "known", "mutual"},
	{"findable", "nobody", "everyone", "nobody"},
	{"share", "ask", "yes", "ask"},
	{"hold", "0", "0", "600"},
	{"updates", "auto", "auto", "ask"},
	{"pushes", "on", "on", "on"},
	{"first_change", "ask", "go", "ask"},
};

static void check_defaults(const char *text, size_t row, const char *expected)
{
	struct settings *settings = read_good(text);
	int setting = setting_by_name(presets[row].name);

	ck_assert_int_ge(setting, 0);
	ck_assert_str_eq(
		setting_value_name((enum setting)setting, settings->defaults[setting]), expected);
	settings_free(settings);
}

START_TEST(presets_are_the_table_of_the_design)
{
	ck_assert_uint_eq(sizeof(presets) / sizeof(*presets), SETTING_COUNT);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		check_defaults(NEEDED, i, presets[i].shipped);
		check_defaults(NEEDED "preset = company\n", i, presets[i].company);
		check_defaults(NEEDED "preset = public\n", i, presets[i].public);
	}
}
END_TEST

START_TEST(a_preset_stands_below_single_settings_wherever_it_is_written)
{
	struct settings *settings =
		read_good("preset = public\n" NEEDED "[defaults]\nfindable = known\n");

	ck_assert_int_eq(settings->defaults[SETTING_VISIBLE], CIRCLE_MUTUAL);
	ck_assert_int_eq(settings->defaults[SETTING_AUDIENCE], CIRCLE_MUTUAL);
	ck_assert_int_eq(settings->defaults[SETTING_FINDABLE], CIRCLE_KNOWN);
	ck_assert_int_eq(settings->defaults[SETTING_SHARE], SHARE_ASK);
	ck_assert_int_eq(settings->defaults[SETTING_UPDATES], UPDATES_ASK);
	ck_assert_int_eq(settings->defaults[SETTING_HOLD], 600);
	ck_assert_int_eq(settings->defaults[SETTING_FIRST_CHANGE], FIRST_CHANGE_ASK);
	settings_free(settings);
}
END_TEST

static const struct {
	const char *text, *faults;
} faulty[] = {
	{"", " jid is missing\n domains is missing\n secret_file is missing\n"},
	{NEEDED "jdi = x\n[defaults]\nvisble = known\n[limits]\njid = x\n",
		"4: unknown key \"jdi\"\n6: unknown key \"visble\" in defaults\n"
		"8: unknown key \"jid\" in limits\n"},
	{NEEDED "region = GB\nregion = DE\n", "5: region again, first in line 4\n"},
	{NEEDED "[groups]\nmembers = x\n", "4: unknown section \"groups\"\n"},
	{NEEDED "[group a]\nmembers = x\nmembers = y\nfoo = 1\n[group b]\nmembers = z\n",
		"6: members again, first in line 5\n7: unknown key \"foo\" in group a\n"},
	{NEEDED "[group a]\nmembers = x\n[group a]\nmembers = x\n", "6: group \"a\" again\n"},
	{NEEDED "[group a]\n[group b]\nmembers = x@y/z\n",
		"6: members: neither a domain nor an account: \"x@y/z\"\n"
		" group \"a\" has no members\n group \"b\" has no members\n"},
	{NEEDED "[group a b]\nmembers = x\n",
		"4: a group's name is one word of at most 40 bytes\n"},
	{NEEDED "[limits\n", "4: a section without ]\n"},
	{NEEDED "hello\nthere\n", "4: not KEY = VALUE\n5: not KEY = VALUE\n"},
	{NEEDED "hello", "4: not KEY = VALUE\n"},
	{NEEDED "region =\nadmins = # nobody\n",
		"4: region has no value\n5: admins has no value\n"},
	{NEEDED "region = GB\n  DE\n", "5: only lists go on in an indented line\n"},
	{"jid = a@example.org\ndomains = x y@z\nsecret = s\n",
		"1: jid is not a domain: \"a@example.org\"\n2: domains: not a domain: \"y@z\"\n"},
	{NEEDED "admins = example.org, a@b/c\n",
		"4: admins: not the JID of an account: \"example.org\"\n"
		"4: admins: not the JID of an account: \"a@b/c\"\n"},
	{NEEDED "server = localhost\n", "4: server is not HOST:PORT: \"localhost\"\n"},
	{NEEDED "server = localhost:0\n", "4: server is not HOST:PORT: \"localhost:0\"\n"},
	{NEEDED "server = ::1:5347\n", "4: server is not HOST:PORT: \"::1:5347\"\n"},
	{NEEDED "server = h:65536\n", "4: server is not HOST:PORT: \"h:65536\"\n"},
	{NEEDED "store = postgres:x\n", "4: store is not sqlite:FILE: \"postgres:x\"\n"},
	{NEEDED "region = Britain\n", "4: region is not a country's two letters: \"Britain\"\n"},
	{NEEDED "preset = private\n", "4: preset is neither company nor public: \"private\"\n"},
	{NEEDED "[defaults]\nvisible = friends\nshare = perhaps\n",
		"5: visible can't be \"friends\"\n6: share can't be \"perhaps\"\n"},
	{NEEDED "[limits]\nkeep_days = 0\ncard_bytes = 1k\nqueue_bytes = -1\n",
		"5: keep_days is not a number from 1 to 3650: \"0\"\n"
		"6: card_bytes is not a number from 1024 to 262144: \"1k\"\n"
		"7: queue_bytes is not a number from 65536 to 1073741824: \"-1\"\n"},
	{NEEDED "[limits]\nlookups_per_hour = 1000001\nwrites_per_hour_in_all = x\n"
		"lookups_per_hours = 1\nlookups_per_hour_in_al = 1\nlookups_per_hour = 1\n",
		"5: lookups_per_hour is not a number from 0 to 1000000: \"1000001\"\n"
		"6: writes_per_hour_in_all is not a number from 0 to 100000000: \"x\"\n"
		"7: unknown key \"lookups_per_hours\" in limits\n"
		"8: unknown key \"lookups_per_hour_in_al\" in limits\n"
		"9: lookups_per_hour again, first in line 5\n"},
	{NEEDED "[choices]\nvisble = known\nvisible = known, friends\nshare = ,\n",
		"5: unknown key \"visble\" in choices\n6: visible can't be \"friends\"\n"
		"7: share has no value\n"},
	{NEEDED "[choices]\nvisible = mutual, everyone\nshare = ask\n",
		"5: visible = known is the default, and not among its choices\n"},
	{NEEDED "preset = company\n[choices]\nvisible = mutual\n  known\n[defaults]\n"
		"findable = known\n[choices]\nfindable = everyone\n",
		"7: visible = everyone is the default, and not among its choices\n"
		"9: findable = known is the default, and not among its choices\n"},
	{NEEDED "contacts_per_book = 5\n", "4: unknown key \"contacts_per_book\"\n"},
	{NEEDED "secret_file = /nowhere\n", "2: secret and secret_file: only one of them\n"},
};

START_TEST(a_fault_is_told_with_its_line)
{
	check_faults(faulty[_i].text, 0600, faulty[_i].faults);
}
END_TEST

START_TEST(a_line_too_long_for_inih_is_a_fault)
{
	char text[600] = NEEDED "description = ";

	memset(text + strlen(text), 'x', 300);
	strcat(text, "\nregion = G8\n");
	check_faults(text, 0600,
		"4: longer than 199 bytes; a list may go on in indented lines\n"
		"5: region is not a country's two letters: \"G8\"\n");
}
END_TEST

START_TEST(a_secret_in_a_conf_that_others_read_is_refused)
{
	check_faults(NEEDED, 0640, "2: secret in a file that others may read: chmod go= it\n");
	check_faults(NEEDED, 0604, "2: secret in a file that others may read: chmod go= it\n");
}
END_TEST

static const char *with_secret_file(void)
{
	static char text[256];

	snprintf(text, sizeof(text), "jid = k.example\ndomains = example\nsecret_file = %s\n",
		secret);
	return text;
}

START_TEST(the_secret_is_a_line_of_a_file)
{
	struct settings *settings;

	write_file(secret, "  with blanks \n\n", 0640);
	settings = read_good(with_secret_file());
	ck_assert_str_eq(settings->secret, "  with blanks");
	settings_free(settings);
}
END_TEST

START_TEST(a_secret_file_must_be_there_and_be_kept)
{
	char expected[256];

	snprintf(expected, sizeof(expected), "3: %s: No such file or directory\n", secret);
	check_faults(with_secret_file(), 0644, expected);
	write_file(secret, "s\n", 0604);
	snprintf(expected, sizeof(expected), "3: %s: others may read it: chmod o= it\n", secret);
	check_faults(with_secret_file(), 0644, expected);
	write_file(secret, "\n", 0600);
	snprintf(expected, sizeof(expected), "3: %s: not a line of at most 1024 bytes\n", secret);
	check_faults(with_secret_file(), 0644, expected);
}
END_TEST

START_TEST(a_secret_file_is_read_again_when_asked_to)
{
	struct settings *settings;
	const char *why = "";

	write_file(secret, "old\n", 0600);
	settings = read_good(with_secret_file());
	ck_assert_int_eq(settings_read_secret_again(settings, &why), 0);
	write_file(secret, "new\n", 0600);
	ck_assert_int_eq(settings_read_secret_again(settings, &why), 1);
	ck_assert_str_eq(settings->secret, "new");
	unlink(secret);
	ck_assert_int_eq(settings_read_secret_again(settings, &why), -1);
	ck_assert_str_eq(why, "No such file or directory");
	ck_assert_str_eq(settings->secret, "new");
	settings_free(settings);
	settings = read_good(NEEDED);
	ck_assert_int_eq(settings_read_secret_again(settings, &why), 0);
	settings_free(settings);
}
END_TEST

START_TEST(what_could_be_read_without_end_is_no_conf)
{
	char *why = NULL;

	ck_assert_ptr_null(settings_read("/dev/zero", &why));
	ck_assert_str_eq(why, "/dev/zero: not a regular file\n");
	free(why);
	ck_assert_int_eq(mkfifo(secret, 0600), 0);
	ck_assert_ptr_null(settings_read(secret, &why));
	ck_assert_ptr_nonnull(strstr(why, "/secret: not a regular file"));
	free(why);
	write_file(conf, with_secret_file(), 0600);
	ck_assert_ptr_null(settings_read(conf, &why));
	ck_assert_ptr_nonnull(strstr(why, "/secret: not a regular file"));
	free(why);
}
END_TEST

START_TEST(a_credential_of_systemd_stands_for_the_file)
{
	struct settings *settings;

	write_file(secret, "from systemd\n", 0400);
	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	settings =
		read_good("jid = k.example\ndomains = example\nsecret_file = /etc/kith/secret\n");
	ck_assert_str_eq(settings->secret, "from systemd");
	settings_free(settings);
	unsetenv("CREDENTIALS_DIRECTORY");
}
END_TEST

static const struct {
	const char *one, *other;
	bool share;
} pairs[] = {
	{"a@example.org", "b@example.org", true}, /* by their domain */
	{"a@example.org", "dora@example.net", true}, {"b@example.org", "eric@example.net", false},
	{"dora@example.net", "eric@example.net", true}, /* by themselves */
	{"dora@example.net", "fred@example.net", false},
	{"a@example.org", "c@example.com", true}, /* the one by itself, the other by its domain */
	{"b@example.org", "c@example.com", false},
	{"dora@example.net", "c@example.com", false},  /* both know a, and not each other */
	{"x@alone.example", "x@alone.example", false}, /* served, and in no group */
	{"x@alone.example", "b@example.org", false},
	{"example.org", "a@example.org", false}, /* no account */
};

START_TEST(who_is_of_one_group_may_know_of_each_other)
{
	struct settings *settings =
		read_good(NEEDED "  alone.example\n"
				 "[group sales]\nmembers = Example.org, Dora@example.net\n"
				 "[group press]\nmembers = dora@example.net\n  eric@example.net\n"
				 "[group board]\nmembers = example.com, a@example.org\n");

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		ck_assert_msg(settings_share_group(settings, pairs[i].one, pairs[i].other) ==
				      pairs[i].share,
			"%s, %s", pairs[i].one, pairs[i].other);
		ck_assert(settings_share_group(settings, pairs[i].other, pairs[i].one) ==
			  pairs[i].share);
	}
	ck_assert(settings_serves(settings, "a@example.org"));
	ck_assert(settings_serves(settings, "x@alone.example"));
	ck_assert(settings_serves(settings, "eric@example.net"));
	ck_assert(!settings_serves(settings, "fred@example.net"));
	ck_assert(!settings_serves(settings, "example.com"));
	settings_free(settings);
}
END_TEST

START_TEST(without_groups_all_of_the_domains_are_one)
{
	struct settings *settings = read_good(NEEDED "  example.net\n");

	ck_assert(settings_share_group(settings, "a@example.org", "b@example.net"));
	ck_assert(!settings_share_group(settings, "a@example.org", "b@example.com"));
	settings_free(settings);
}
END_TEST

static void add_line(void *context, const char *text)
{
	buffer_printf(context, "%s\n", text);
}

START_TEST(what_is_printed_reads_the_same_again)
{
	struct settings *settings = read_good(NEEDED "server = [::1]:1\nadmins = a@b c@d\n"
						     "preset = company\nname = X\n"
						     "[group a]\nmembers = x y@z\n"
						     "[group b]\nmembers = x\n"
						     "[limits]\nkeep_days = 1\n"
						     "shares_per_hour_in_all = 0\n"
						     "[choices]\nshare = yes ask\n");
	struct buffer first, second;

	buffer_init(&first, 0);
	buffer_init(&second, 0);
	settings_print(settings, add_line, &first);
	settings_free(settings);
	ck_assert_ptr_null(strstr(buffer_string(&first), "s3cret"));
	buffer_puts(&second, "secret = s3cret\n");
	buffer_append(&second, first.data, first.len);
	settings = read_good(buffer_string(&second));
	buffer_reset(&second);
	settings_print(settings, add_line, &second);
	settings_free(settings);
	ck_assert_str_eq(buffer_string(&first), buffer_string(&second));
	buffer_clear(&first);
	buffer_clear(&second);
}
END_TEST

/* Whoever uncomments a line of it must not get what he doesn't have already. */
START_TEST(the_shipped_conf_says_what_is_the_default)
{
	FILE *file = fopen(KITH_TESTS "/../conf/kith.conf", "r");
	struct buffer with, without, printed_with, printed_without;
	struct settings *settings;
	char line[256];

	ck_assert_ptr_nonnull(file);
	buffer_init(&with, 0);
	buffer_init(&without, 0);
	buffer_init(&printed_with, 0);
	buffer_init(&printed_without, 0);
	buffer_puts(&with, "secret = s\n");
	buffer_puts(&without, "secret = s\n");
	while (fgets(line, sizeof(line), file)) {
		static const char *const examples[] = {"#secret", "secret_file", "#admins",
			"#members", "#region", "#desc", "#url", "#preset"};
		bool is_example = strstr(line, "_addresses = ") != NULL;

		for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++)
			is_example |= strncmp(line, examples[i], strlen(examples[i])) == 0;
		if (is_example)
			continue;
		buffer_puts(&without, line);
		buffer_puts(&with, line + (line[0] == '#' && line[1] != ' ' && strchr(line, '=')));
	}
	fclose(file);
	settings = read_good(buffer_string(&with));
	settings_print(settings, add_line, &printed_with);
	settings_free(settings);
	settings = read_good(buffer_string(&without));
	settings_print(settings, add_line, &printed_without);
	settings_free(settings);
	ck_assert_str_eq(buffer_string(&printed_with), buffer_string(&printed_without));
	buffer_clear(&with);
	buffer_clear(&without);
	buffer_clear(&printed_with);
	buffer_clear(&printed_without);
}
END_TEST

START_TEST(accounts_of_the_domains_are_served)
{
	struct settings *settings = read_good(NEEDED "admins = a@example.org\n");

	ck_assert(settings_serves(settings, "bob@example.org"));
	ck_assert(!settings_serves(settings, "bob@example.net"));
	ck_assert(!settings_serves(settings, "example.org"));
	ck_assert(!settings_serves(settings, "bob@x.example.org"));
	ck_assert(settings_is_admin(settings, "a@example.org"));
	ck_assert(!settings_is_admin(settings, "bob@example.org"));
	settings_free(settings);
}
END_TEST

START_TEST(each_setting_has_words_that_are_read_back)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting setting = (enum setting)i;
		size_t words = 0;

		ck_assert_int_eq(setting_by_name(setting_name(setting)), i);
		ck_assert_ptr_nonnull(setting_label(setting));
		for (const char *word; (word = setting_word(setting, words)); words++)
			ck_assert_str_eq(
				setting_value_name(setting, setting_value_by_name(setting, word)),
				word);
		ck_assert_uint_ge(words, 2);
		ck_assert_ptr_null(setting_value_name(setting, -1));
	}
	ck_assert_int_eq(setting_by_name("nothing"), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("settings");
	SRunner *runner = srunner_create(suite);
	TCase *tcase = tcase_create("kith.conf");
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, what_a_conf_leaves_out_has_the_shipped_default);
	tcase_add_test(tcase, every_key_is_read);
	tcase_add_test(tcase, presets_are_the_table_of_the_design);
	tcase_add_test(tcase, a_preset_stands_below_single_settings_wherever_it_is_written);
	tcase_add_loop_test(
		tcase, a_fault_is_told_with_its_line, 0, sizeof(faulty) / sizeof(*faulty));
	tcase_add_test(tcase, a_line_too_long_for_inih_is_a_fault);
	tcase_add_test(tcase, a_secret_in_a_conf_that_others_read_is_refused);
	tcase_add_test(tcase, the_secret_is_a_line_of_a_file);
	tcase_add_test(tcase, a_secret_file_must_be_there_and_be_kept);
	tcase_add_test(tcase, a_secret_file_is_read_again_when_asked_to);
	tcase_add_test(tcase, what_could_be_read_without_end_is_no_conf);
	tcase_add_test(tcase, a_credential_of_systemd_stands_for_the_file);
	tcase_add_test(tcase, who_is_of_one_group_may_know_of_each_other);
	tcase_add_test(tcase, without_groups_all_of_the_domains_are_one);
	tcase_add_test(tcase, what_is_printed_reads_the_same_again);
	tcase_add_test(tcase, the_shipped_conf_says_what_is_the_default);
	tcase_add_test(tcase, accounts_of_the_domains_are_served);
	tcase_add_test(tcase, each_setting_has_words_that_are_read_back);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
