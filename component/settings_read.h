/* What the files of the settings share: settings.c, settings_read.c, settings_values.c,
 * settings_secret.c, settings_groups.c, settings_choices.c, settings_rates.c. */
#ifndef KITH_SETTINGS_READ_H
#define KITH_SETTINGS_READ_H

#include <stdio.h>

#include "common/buffer.h"
#include "component/settings.h"

struct arena;

/* The columns of the table of defaults (design: section 4, "Rules"). */
enum settings_preset {
	PRESET_SHIPPED, /* no `preset` in the conf */
	PRESET_COMPANY,
	PRESET_PUBLIC,
	PRESET_COUNT,
};
int settings_preset_value(enum settings_preset preset, enum setting setting);

/* The defaults of a conf that says nothing: no jid, no secret, no domains. NULL: no memory. The
 * caller frees with settings_free(). */
struct settings *settings_new(void);

/* Adds a copy of text to a NULL-terminated list. 0, or -1: no memory. */
int settings_list_add(char ***list, const char *text);

/* A new last group, without members; borrowed until the next one. NULL: no memory. */
struct settings_group *settings_group_add(struct settings *settings, const char *name);
/* To be called when the groups are as they are to be. 0, or -1: no memory. */
int settings_groups_finish(struct settings *settings);

/* A file of the conf, to be closed by the caller. NULL: a reason in *why (static), and in errno if
 * it is the system's; so for what could be waited for or read from without end. */
FILE *settings_open(const char *path, const char **why);

/* The secret that is in the file of that path, or in the credential that stands for it (*is_copy).
 * The caller frees with settings_secret_free(), which wipes it (NULL is harmless). NULL: as with
 * settings_open(). */
char *settings_secret_read(const char *path, bool *is_copy, const char **why);
void settings_secret_free(char *secret);

/* Behind the name of a rate's key: the limit for all together. */
#define RATE_IN_ALL "_in_all"
/* 2 * rate, and 1 more where it is that for all together; -1: none of them. */
int settings_rate_by_name(const char *name);

/* ---- Reading: settings_read.c (lines and keys), settings_values.c (what a key can be) ---- */
enum key {
	KEY_JID,
	KEY_SERVER,
	KEY_SECRET,
	KEY_SECRET_FILE,
	KEY_STORE,
	KEY_DOMAINS,
	KEY_ADMINS,
	KEY_MEMBERS, /* of the newest group */
	KEY_REGION,
	KEY_PRESET,
	KEY_NAME,
	KEY_DESCRIPTION,
	KEY_URL,
	KEY_CONTACTS_PER_BOOK,
	KEY_CARD_BYTES,
	KEY_KEEP_DAYS,
	KEY_PUSH_PER_HOLDER,
	KEY_SLEEP_DAYS,
	KEY_QUEUE_BYTES,
	KEY_ADDRESSES, /* and from here on one for each enum addresses, */
	KEY_RATES = KEY_ADDRESSES + ADDRESSES_COUNT, /* two for each enum rate, */
	KEY_DEFAULTS = KEY_RATES + 2 * RATE_COUNT,   /* one for each enum setting, */
	KEY_CHOICES = KEY_DEFAULTS + SETTING_COUNT,  /* and once more */
	KEY_COUNT = KEY_CHOICES + SETTING_COUNT,
};

struct reader {
	const char *path;
	FILE *file;
	struct settings *settings;
	struct arena *arena;
	struct buffer why;
	int error;		  /* as errno: what it lacked for a moment; 0 */
	unsigned line;		  /* that inih is at, from 1 */
	bool is_indented;	  /* it is */
	bool awaits_key;	  /* it holds something that the handler must be told */
	unsigned seen[KEY_COUNT]; /* line where a key was set; 0: it wasn't */
	enum settings_preset preset;
	int defaults[SETTING_COUNT]; /* as set in [defaults]; -1 */
};

/* Tells a fault of the present line. */
void reader_fault(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void reader_lacks_memory(struct reader *reader);
/* A foreign word for a message. */
const char *reader_quoted(struct reader *reader, const char *text);
/* Sets what key is to value, which isn't empty, or tells the fault. name: the key's. */
void reader_set(struct reader *reader, enum key key, const char *name, const char *value);
void reader_set_text(struct reader *reader, char **field, const char *value);
/* Adds words to what may be picked (settings_choices.c), and, once all is read, tells where a
 * default isn't among them. */
void reader_add_choices(struct reader *reader, enum setting setting, const char *value);
void reader_check_choices(struct reader *reader);

#endif
