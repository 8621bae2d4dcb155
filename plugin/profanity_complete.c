/* Completion behind /contact, as lists that Profanity keeps. */
#include "config.h"

#include "plugin/profanity_complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/profanity_api.h"

#define WORDS_MAX 32
#define NAMES_MAX 500 /* Profanity's lists are slow */

static char *names[NAMES_MAX + 1]; /* terminated by NULL */
static size_t name_count;

void complete_words(void)
{
	static const char *const kinds[] = {
		"cell", "fax", "home", "pager", "remove", "voice", "work", "yes", NULL};
	static const char *const list[] = {"list", NULL};
	const struct kith_word *known = kith_words();
	const char *words[WORDS_MAX + 1] = {NULL};

	for (size_t i = 0; i < WORDS_MAX && known[i].name; i++)
		words[i] = known[i].name;
	prof_completer_add(COMMAND, (char **)words);
	prof_completer_add(COMMAND " number", (char **)kinds);
	prof_completer_add(COMMAND " save", (char **)list);
	prof_filepath_completer_add(COMMAND " add");
	prof_filepath_completer_add(COMMAND " import");
	prof_filepath_completer_add(COMMAND " export");
}

static void keep_name(const struct kith_event *event)
{
	const char *name = kith_event_get(event, "name");

	if (name && name_count < NAMES_MAX) {
		names[name_count] = strdup(name);
		if (names[name_count])
			name_count++;
	}
}

void complete_clear(void)
{
	while (name_count > 0) {
		free(names[--name_count]);
		names[name_count] = NULL;
	}
}

static void register_names(void)
{
	static const char *const keys[] = {COMMAND " find", COMMAND " introduce", COMMAND " send",
		COMMAND " show", COMMAND " undo"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		prof_completer_clear(keys[i]);
		prof_completer_add(keys[i], names);
	}
	complete_clear();
}

void complete_names(const struct kith_event *event)
{
	if (event->kind == KITH_EVENT_CONTACT)
		keep_name(event);
	else if (event->kind == KITH_EVENT_DONE)
		register_names();
}

void complete_setting(const struct kith_event *event)
{
	const char *key = kith_event_get(event, "key");
	const char *values = kith_event_get(event, "values");
	char *copy = values ? strdup(values) : NULL;
	char *rest = copy;
	char *path = NULL;
	char *item[] = {NULL, NULL};

	if (!key || !copy || asprintf(&path, "%s settings %s", COMMAND, key) < 0)
		path = NULL;
	item[0] = (char *)key;
	if (path)
		prof_completer_add(COMMAND " settings", item);
	while (path && (item[0] = strsep(&rest, " "))) {
		if (*item[0])
			prof_completer_add(path, item);
	}
	free(path);
	free(copy);
}

void complete_matter(const struct kith_event *event)
{
	static const char *const keys[] = {COMMAND " no", COMMAND " yes"};
	const char *n = kith_event_get(event, "n"), *code = kith_event_get(event, "code");
	char *item[] = {(char *)code, NULL};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && n && code; i++) {
		if (strcmp(n, "1") == 0)
			prof_completer_clear(keys[i]);
		prof_completer_add(keys[i], item);
	}
}
