/* Reads kith.conf: INI, by inih. All faults are told at once, each with its line.
 *
 * inih as Debian builds it doesn't say where it is: the lines are counted as it asks for them. It
 * hands on an indented line as another value of the key above; that is allowed for lists. */
#include "component/settings_read.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/log.h"
#include "common/phone.h"

#define SECRET_MAX 1024 /* bytes */

enum key {
	KEY_JID,
	KEY_SERVER,
	KEY_SECRET,
	KEY_SECRET_FILE,
	KEY_STORE,
	KEY_DOMAINS,
	KEY_ADMINS,
	KEY_REGION,
	KEY_PRESET,
	KEY_NAME,
	KEY_DESCRIPTION,
	KEY_URL,
	KEY_CONTACTS_PER_BOOK,
	KEY_CARD_BYTES,
	KEY_KEEP_DAYS,
	KEY_QUEUE_BYTES,
	KEY_DEFAULTS, /* and from here on one for each enum setting */
	KEY_COUNT = KEY_DEFAULTS + SETTING_COUNT,
};

struct key_row {
	const char *name;
	enum key key;
};

static const struct key_row main_keys[] = {
	{"jid", KEY_JID},
	{"server", KEY_SERVER},
	{"secret", KEY_SECRET},
	{"secret_file", KEY_SECRET_FILE},
	{"store", KEY_STORE},
	{"domains", KEY_DOMAINS},
	{"admins", KEY_ADMINS},
	{"region", KEY_REGION},
	{"preset", KEY_PRESET},
	{"name", KEY_NAME},
	{"description", KEY_DESCRIPTION},
	{"url", KEY_URL},
	{NULL, KEY_COUNT},
};
static const struct key_row limit_keys[] = {
	{"contacts_per_book", KEY_CONTACTS_PER_BOOK},
	{"card_bytes", KEY_CARD_BYTES},
	{"keep_days", KEY_KEEP_DAYS},
	{"queue_bytes", KEY_QUEUE_BYTES},
	{NULL, KEY_COUNT},
};

struct reader {
	const char *path;
	FILE *file;
	struct settings *settings;
	struct arena *arena;
	struct buffer why;
	unsigned line;		  /* that inih is at, from 1 */
	bool is_indented;	  /* it is */
	bool awaits_key;	  /* it holds something that the handler must be told */
	unsigned seen[KEY_COUNT]; /* line where a key was set; 0: it wasn't */
	enum settings_preset preset;
	int defaults[SETTING_COUNT]; /* as set in [defaults]; -1 */
	char *secret_file;
};

__attribute__((format(printf, 2, 3))) static void fault(
	struct reader *reader, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (reader->line)
		buffer_printf(&reader->why, "%s:%u: %s\n", reader->path, reader->line, text);
	else
		buffer_printf(&reader->why, "%s: %s\n", reader->path, text);
}

/* A foreign word for a message. */
static const char *quoted(struct reader *reader, const char *text)
{
	char escaped[80];

	text = arena_printf(reader->arena, "\"%s\"", log_escape(escaped, sizeof(escaped), text));
	return text ? text : "?";
}

static void set_text(struct reader *reader, char **field, const char *value)
{
	char *copy = strdup(value);

	if (!copy) {
		fault(reader, "no memory");
		return;
	}
	free(*field);
	*field = copy;
}

static void set_jid(struct reader *reader, const char *value)
{
	struct jid jid;

	if (jid_parse(&jid, reader->arena, value) || jid.local || jid.resource)
		fault(reader, "jid is not a domain: %s", quoted(reader, value));
	else
		snprintf(reader->settings->jid, sizeof(reader->settings->jid), "%s", jid.domain);
}

/* HOST:PORT, [IPv6]:PORT */
static void set_server(struct reader *reader, const char *value)
{
	const char *colon = strrchr(value, ':');
	const char *host = value;
	size_t len = colon ? (size_t)(colon - value) : 0;
	char *end = NULL;
	unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;
	char *copy;

	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	} else if (len && memchr(host, ':', len)) {
		len = 0;
	}
	if (!len || !end || *end || port < 1 || port > 65535) {
		fault(reader, "server is not HOST:PORT: %s", quoted(reader, value));
		return;
	}
	copy = strndup(host, len);
	if (!copy) {
		fault(reader, "no memory");
		return;
	}
	free(reader->settings->server_host);
	reader->settings->server_host = copy;
	reader->settings->server_port = (uint16_t)port;
}

static void set_store(struct reader *reader, const char *value)
{
	static const char scheme[] = "sqlite:";

	if (strncmp(value, scheme, strlen(scheme)) != 0 || !value[strlen(scheme)])
		fault(reader, "store is not sqlite:FILE: %s", quoted(reader, value));
	else
		set_text(reader, &reader->settings->store_path, value + strlen(scheme));
}

/* One or more, with commas or blanks between. */
static void add_to_list(struct reader *reader, enum key key, const char *value)
{
	char *words = arena_strdup(reader->arena, value);
	char *rest = NULL;

	if (!words)
		return;
	for (char *word = strtok_r(words, ", \t", &rest); word;
		word = strtok_r(NULL, ", \t", &rest)) {
		char ***list = &reader->settings->domains;
		const char *text = NULL;
		struct jid jid;

		if (key == KEY_ADMINS) {
			list = &reader->settings->admins;
			if (!jid_is_account(reader->arena, word, &text))
				fault(reader, "admins: not the JID of an account: %s",
					quoted(reader, word));
		} else if (jid_parse(&jid, reader->arena, word) || jid.local || jid.resource) {
			fault(reader, "domains: not a domain: %s", quoted(reader, word));
		} else {
			text = jid.domain;
		}
		if (text && settings_list_add(list, text))
			fault(reader, "no memory");
	}
}

static void set_region(struct reader *reader, const char *value)
{
	if (strlen(value) != 2 || !phone_is_region(value))
		fault(reader, "region is not a country's two letters: %s", quoted(reader, value));
	else
		strcpy(reader->settings->region, value);
}

static void set_preset(struct reader *reader, const char *value)
{
	if (strcmp(value, "company") == 0)
		reader->preset = PRESET_COMPANY;
	else if (strcmp(value, "public") == 0)
		reader->preset = PRESET_PUBLIC;
	else
		fault(reader, "preset is neither company nor public: %s", quoted(reader, value));
}

static void set_number(struct reader *reader, const char *name, const char *value, unsigned least,
	unsigned most, unsigned *field)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end || errno || number < least || number > most)
		fault(reader, "%s is not a number from %u to %u: %s", name, least, most,
			quoted(reader, value));
	else
		*field = (unsigned)number;
}

static void set_default(struct reader *reader, enum setting setting, const char *value)
{
	reader->defaults[setting] = setting_value_by_name(setting, value);
	if (reader->defaults[setting] < 0)
		fault(reader, "%s can't be %s", setting_name(setting), quoted(reader, value));
}

static void set(struct reader *reader, enum key key, const char *name, const char *value)
{
	struct settings *settings = reader->settings;

	switch (key) {
	case KEY_JID:
		set_jid(reader, value);
		return;
	case KEY_SERVER:
		set_server(reader, value);
		return;
	case KEY_SECRET:
		set_text(reader, &settings->secret, value);
		return;
	case KEY_SECRET_FILE:
		set_text(reader, &reader->secret_file, value);
		return;
	case KEY_STORE:
		set_store(reader, value);
		return;
	case KEY_DOMAINS:
	case KEY_ADMINS:
		add_to_list(reader, key, value);
		return;
	case KEY_REGION:
		set_region(reader, value);
		return;
	case KEY_PRESET:
		set_preset(reader, value);
		return;
	case KEY_NAME:
		set_text(reader, &settings->name, value);
		return;
	case KEY_DESCRIPTION:
		set_text(reader, &settings->description, value);
		return;
	case KEY_URL:
		set_text(reader, &settings->url, value);
		return;
	case KEY_CONTACTS_PER_BOOK:
		set_number(reader, name, value, 1, 1000000, &settings->limits.contacts_per_book);
		return;
	case KEY_CARD_BYTES: /* a stanza holds 512 KiB, and has to be escaped and wrapped */
		set_number(reader, name, value, 1024, 262144, &settings->limits.card_bytes);
		return;
	case KEY_KEEP_DAYS:
		set_number(reader, name, value, 1, 3650, &settings->limits.keep_days);
		return;
	case KEY_QUEUE_BYTES:
		set_number(reader, name, value, 65536, 1073741824, &settings->limits.queue_bytes);
		return;
	case KEY_DEFAULTS:
	case KEY_COUNT:
		break;
	}
	set_default(reader, (enum setting)(key - KEY_DEFAULTS), value);
}

/* KEY_COUNT: there is no such key. */
static enum key find_key(const char *section, const char *name)
{
	const struct key_row *row = main_keys;

	if (strcmp(section, "defaults") == 0) {
		int setting = setting_by_name(name);

		return setting < 0 ? KEY_COUNT : KEY_DEFAULTS + (enum key)setting;
	}
	if (strcmp(section, "limits") == 0)
		row = limit_keys;
	while (row->name && strcmp(row->name, name) != 0)
		row++;
	return row->key;
}

static bool is_section(const char *section)
{
	return strcmp(section, "") == 0 || strcmp(section, "defaults") == 0 ||
	       strcmp(section, "limits") == 0;
}

/* inih tells a key. Always 1: faults are ours to tell. */
static int on_key(void *context, const char *section, const char *name, const char *value)
{
	struct reader *reader = context;
	enum key key;
	char *text, *comment;

	reader->awaits_key = false;
	if (!is_section(section))
		return 1; /* told at its heading */
	key = find_key(section, name);
	if (key == KEY_COUNT) {
		fault(reader, "unknown key %s%s%s", quoted(reader, name), *section ? " in " : "",
			section);
		return 1;
	}
	if (reader->is_indented && key != KEY_DOMAINS && key != KEY_ADMINS) {
		fault(reader, "only lists go on in an indented line");
		return 1;
	}
	if (reader->seen[key] && !reader->is_indented) {
		fault(reader, "%s again, first in line %u", name, reader->seen[key]);
		return 1;
	}
	reader->seen[key] = reader->line;

	/* inih knows "; comment" behind a value, and people write "# comment" there. */
	text = arena_strdup(reader->arena, value);
	if (!text)
		return 1;
	comment = text[0] == '#' ? text : strstr(text, " #");
	if (!comment)
		comment = strstr(text, "\t#");
	if (comment)
		*comment = '\0';
	for (size_t len = strlen(text); len && strchr(" \t", text[len - 1]); len--)
		text[len - 1] = '\0';
	if (!*text)
		fault(reader, "%s has no value", name);
	else
		set(reader, key, name, text);
	return 1;
}

/* A line that inih is about to be given. */
static void look_at_line(struct reader *reader, const char *line)
{
	const char *start = line;
	const char *end;

	if (reader->line == 1 && strncmp(start, "\xef\xbb\xbf", 3) == 0)
		start += 3;
	line = start;
	start += strspn(start, " \t\r\n");
	reader->is_indented = start > line;
	reader->awaits_key = false;
	if (!*start || *start == ';' || *start == '#')
		return;
	end = strchr(start, ']');
	if (*start != '[') {
		reader->awaits_key = true;
	} else if (!end) {
		fault(reader, "a section without ]");
	} else {
		char *section = arena_strndup(reader->arena, start + 1, (size_t)(end - start - 1));

		if (!section || !is_section(section) || !*section)
			fault(reader, "unknown section %s",
				quoted(reader, section ? section : "?"));
	}
}

/* What inih reads by, like fgets(3). */
static char *next_line(char *out, int size, void *context)
{
	struct reader *reader = context;
	char *line;

	if (reader->awaits_key)
		fault(reader, "not KEY = VALUE");
	line = fgets(out, size, reader->file);
	if (!line) {
		reader->awaits_key = false;
		return NULL;
	}
	reader->line++;
	look_at_line(reader, line);
	if (!strchr(line, '\n') && !feof(reader->file)) {
		fault(reader, "longer than %d bytes; a list may go on in indented lines", size - 1);
		for (int c = 0; c != '\n' && c != EOF;)
			c = fgetc(reader->file);
		line[0] = '\0';
		reader->awaits_key = false;
	}
	return line;
}

/* Under systemd the credential with the file's name stands for it (LoadCredential=). */
static FILE *open_secret(struct reader *reader)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	const char *slash = strrchr(reader->secret_file, '/');
	const char *path = arena_printf(reader->arena, "%s/%s", directory ? directory : "",
		slash ? slash + 1 : reader->secret_file);
	FILE *file = directory && path ? fopen(path, "re") : NULL;

	return file ? file : fopen(reader->secret_file, "re");
}

static void read_secret(struct reader *reader)
{
	char text[SECRET_MAX + 2];
	struct stat about;
	FILE *file = open_secret(reader);
	size_t len;

	reader->line = reader->seen[KEY_SECRET_FILE];
	if (!file || fstat(fileno(file), &about)) {
		fault(reader, "%s: %s", reader->secret_file, strerror(errno));
	} else if (about.st_mode & S_IRWXO) {
		fault(reader, "%s: others may read it: chmod o= it", reader->secret_file);
	} else {
		len = fread(text, 1, sizeof(text) - 1, file);
		while (len && strchr(" \t\r\n", text[len - 1]))
			len--;
		text[len] = '\0';
		if (!len || len > SECRET_MAX || strlen(text) != len)
			fault(reader, "%s: not a line of at most %d bytes", reader->secret_file,
				SECRET_MAX);
		else
			set_text(reader, &reader->settings->secret, text);
		explicit_bzero(text, sizeof(text));
	}
	if (file)
		fclose(file);
}

/* What can be said only of the whole. */
static void finish(struct reader *reader)
{
	struct settings *settings = reader->settings;
	struct stat about;

	reader->line = 0;
	if (!reader->seen[KEY_JID])
		fault(reader, "jid is missing");
	if (!reader->seen[KEY_DOMAINS])
		fault(reader, "domains is missing");
	if (!reader->seen[KEY_SECRET] && !reader->seen[KEY_SECRET_FILE])
		fault(reader, "secret_file is missing");
	for (int i = 0; i < SETTING_COUNT; i++)
		settings->defaults[i] =
			reader->seen[KEY_DEFAULTS + i]
				? reader->defaults[i]
				: settings_preset_value(reader->preset, (enum setting)i);
	reader->line = reader->seen[KEY_SECRET];
	if (reader->seen[KEY_SECRET] && reader->seen[KEY_SECRET_FILE])
		fault(reader, "secret and secret_file: only one of them");
	else if (reader->seen[KEY_SECRET_FILE])
		read_secret(reader);
	else if (reader->seen[KEY_SECRET] && fstat(fileno(reader->file), &about) == 0 &&
		 (about.st_mode & (S_IRWXG | S_IRWXO)))
		fault(reader, "secret in a file that others may read: chmod go= it");
	if (arena_failed(reader->arena))
		fault(reader, "no memory");
}

struct settings *settings_read(const char *path, char **why)
{
	struct reader reader = {.path = path,
		.file = fopen(path, "re"),
		.settings = settings_new(),
		.arena = arena_new(0)};

	*why = NULL;
	buffer_init(&reader.why, 0);
	if (!reader.file) {
		fault(&reader, "%s", strerror(errno));
	} else if (!reader.settings || !reader.arena) {
		fault(&reader, "no memory");
	} else {
		ini_parse_stream(next_line, &reader, on_key, &reader);
		finish(&reader);
	}
	if (reader.why.len || reader.why.failed) {
		const char *text = buffer_string(&reader.why);

		*why = strdup(text ? text : "no memory\n");
		settings_free(reader.settings);
		reader.settings = NULL;
	}
	if (reader.file)
		fclose(reader.file);
	free(reader.secret_file);
	buffer_clear(&reader.why);
	arena_free(reader.arena);
	return reader.settings;
}
