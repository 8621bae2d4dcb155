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

#define GROUP "group "	  /* what the name of a group's section begins with */
#define GROUP_NAME_MAX 40 /* bytes; inih cuts the name of a section at 49 */

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
	{"push_per_holder", KEY_PUSH_PER_HOLDER},
	{"sleep_days", KEY_SLEEP_DAYS},
	{"queue_bytes", KEY_QUEUE_BYTES},
	{NULL, KEY_COUNT},
};

void reader_fault(struct reader *reader, const char *format, ...)
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

void reader_lacks_memory(struct reader *reader)
{
	reader_fault(reader, "no memory");
	reader->error = ENOMEM;
}

/* What a file couldn't be read for. What is gone, or forbidden, stays so until somebody acts. */
static void note_error(struct reader *reader, int error)
{
	if (error == ENOMEM || error == EMFILE || error == ENFILE || error == EIO)
		reader->error = error;
}

const char *reader_quoted(struct reader *reader, const char *text)
{
	char escaped[80];

	text = arena_printf(reader->arena, "\"%s\"", log_escape(escaped, sizeof(escaped), text));
	return text ? text : "?";
}

/* KEY_COUNT: there is no such key. */
static enum key find_key(const char *section, const char *name)
{
	const struct key_row *row = main_keys;
	int addresses = *section ? -1 : settings_addresses_by_name(name);

	if (addresses >= 0)
		return KEY_ADDRESSES + (enum key)addresses;
	if (strcmp(section, "defaults") == 0) {
		int setting = setting_by_name(name);

		return setting < 0 ? KEY_COUNT : KEY_DEFAULTS + (enum key)setting;
	}
	if (strcmp(section, "choices") == 0) {
		int setting = setting_by_name(name);

		return setting < 0 ? KEY_COUNT : KEY_CHOICES + (enum key)setting;
	}
	if (strncmp(section, GROUP, strlen(GROUP)) == 0)
		return strcmp(name, "members") == 0 ? KEY_MEMBERS : KEY_COUNT;
	if (strcmp(section, "limits") == 0) {
		int rate = settings_rate_by_name(name);

		if (rate >= 0)
			return KEY_RATES + (enum key)rate;
		row = limit_keys;
	}
	while (row->name && strcmp(row->name, name) != 0)
		row++;
	return row->key;
}

static bool is_section(const char *section)
{
	return strcmp(section, "") == 0 || strcmp(section, "defaults") == 0 ||
	       strcmp(section, "choices") == 0 || strcmp(section, "limits") == 0 ||
	       strncmp(section, GROUP, strlen(GROUP)) == 0;
}

static bool is_list(enum key key)
{
	return key == KEY_DOMAINS || key == KEY_ADMINS || key == KEY_MEMBERS ||
	       (key >= KEY_ADDRESSES && key < KEY_RATES) || key >= KEY_CHOICES;
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
		reader_fault(reader, "unknown key %s%s%s", reader_quoted(reader, name),
			*section ? " in " : "", section);
		return 1;
	}
	if (reader->is_indented && !is_list(key)) {
		reader_fault(reader, "only lists go on in an indented line");
		return 1;
	}
	if (reader->seen[key] && !reader->is_indented) {
		reader_fault(reader, "%s again, first in line %u", name, reader->seen[key]);
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
		reader_fault(reader, "%s has no value", name);
	else
		reader_set(reader, key, name, text);
	if (key == KEY_SECRET)
		explicit_bzero(text, strlen(text));
	return 1;
}

/* A section of that name, of a group, begins. */
static void begin_group(struct reader *reader, const char *name)
{
	struct settings *settings = reader->settings;

	reader->seen[KEY_MEMBERS] = 0;
	if (!*name || strlen(name) > GROUP_NAME_MAX || strpbrk(name, " \t")) {
		reader_fault(
			reader, "a group's name is one word of at most %d bytes", GROUP_NAME_MAX);
		return;
	}
	for (size_t i = 0; i < settings->group_count; i++)
		if (strcmp(settings->groups[i].name, name) == 0)
			reader_fault(reader, "group %s again", reader_quoted(reader, name));
	if (!settings_group_add(settings, name))
		reader_lacks_memory(reader);
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
		reader_fault(reader, "a section without ]");
	} else {
		char *section = arena_strndup(reader->arena, start + 1, (size_t)(end - start - 1));

		if (!section || !is_section(section) || !*section)
			reader_fault(reader, "unknown section %s",
				reader_quoted(reader, section ? section : "?"));
		else if (strncmp(section, GROUP, strlen(GROUP)) == 0)
			begin_group(reader, section + strlen(GROUP));
	}
}

/* What inih reads by, like fgets(3). */
static char *next_line(char *out, int size, void *context)
{
	struct reader *reader = context;
	char *line;

	if (reader->awaits_key)
		reader_fault(reader, "not KEY = VALUE");
	line = fgets(out, size, reader->file);
	if (!line) {
		reader->awaits_key = false;
		explicit_bzero(out, (size_t)size); /* the secret may have been there */
		return NULL;
	}
	reader->line++;
	look_at_line(reader, line);
	if (!strchr(line, '\n') && !feof(reader->file)) {
		reader_fault(reader, "longer than %d bytes; a list may go on in indented lines",
			size - 1);
		for (int c = 0; c != '\n' && c != EOF;)
			c = fgetc(reader->file);
		line[0] = '\0';
		reader->awaits_key = false;
	}
	return line;
}

static void read_secret(struct reader *reader)
{
	struct settings *settings = reader->settings;
	const char *path = settings->secret_file, *why = "";

	reader->line = reader->seen[KEY_SECRET_FILE];
	errno = 0;
	settings->secret = settings_secret_read(path, &settings->is_secret_copy, &why);
	if (!settings->secret) {
		note_error(reader, errno);
		reader_fault(reader, "%s: %s", path, why);
	}
}

/* What can be said only of the whole. */
static void finish(struct reader *reader)
{
	struct settings *settings = reader->settings;
	struct stat about;

	reader->line = 0;
	if (!reader->seen[KEY_JID])
		reader_fault(reader, "jid is missing");
	if (!reader->seen[KEY_DOMAINS])
		reader_fault(reader, "domains is missing");
	if (!reader->seen[KEY_SECRET] && !reader->seen[KEY_SECRET_FILE])
		reader_fault(reader, "secret_file is missing");
	for (size_t i = 0; i < settings->group_count; i++)
		if (!settings->groups[i].members[0])
			reader_fault(reader, "group %s has no members",
				reader_quoted(reader, settings->groups[i].name));
	if (settings_groups_finish(settings))
		reader_lacks_memory(reader);
	for (int i = 0; i < SETTING_COUNT; i++)
		settings->defaults[i] =
			reader->seen[KEY_DEFAULTS + i]
				? reader->defaults[i]
				: settings_preset_value(reader->preset, (enum setting)i);
	reader_check_choices(reader);
	reader->line = reader->seen[KEY_SECRET];
	if (reader->seen[KEY_SECRET] && reader->seen[KEY_SECRET_FILE])
		reader_fault(reader, "secret and secret_file: only one of them");
	else if (reader->seen[KEY_SECRET_FILE])
		read_secret(reader);
	else if (reader->seen[KEY_SECRET] && fstat(fileno(reader->file), &about) == 0 &&
		 (about.st_mode & (S_IRWXG | S_IRWXO)))
		reader_fault(reader, "secret in a file that others may read: chmod go= it");
	if (arena_failed(reader->arena))
		reader_lacks_memory(reader);
}

struct settings *settings_read(const char *path, char **why)
{
	const char *why_not = "";
	struct reader reader = {.path = path, .settings = settings_new(), .arena = arena_new(0)};

	char text[BUFSIZ]; /* of the file, wiped at the end */

	*why = NULL;
	buffer_init(&reader.why, 0);
	errno = 0;
	reader.file = settings_open(path, &why_not);
	if (!reader.file) {
		note_error(&reader, errno);
		reader_fault(&reader, "%s", why_not);
	} else if (!reader.settings || !reader.arena) {
		reader_lacks_memory(&reader);
	} else {
		setvbuf(reader.file, text, _IOFBF, sizeof(text));
		ini_parse_stream(next_line, &reader, on_key, &reader);
		finish(&reader);
	}
	if (reader.why.len || reader.why.failed) {
		const char *faults = buffer_string(&reader.why);

		if (!faults)
			reader.error = ENOMEM;
		*why = strdup(faults ? faults : "no memory\n");
		settings_free(reader.settings);
		reader.settings = NULL;
	}
	if (reader.file)
		fclose(reader.file);
	explicit_bzero(text, sizeof(text));
	buffer_clear(&reader.why);
	arena_free(reader.arena);
	errno = reader.error;
	return reader.settings;
}
