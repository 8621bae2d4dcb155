/* What the admin lets people choose: `[choices]`. */
#include "component/settings_read.h"

#include <limits.h>
#include <string.h>

#include "common/arena.h"

static bool is_chosen(unsigned choices, size_t index)
{
	return index < sizeof(choices) * CHAR_BIT && (choices >> index & 1) != 0;
}

bool settings_has_choice(const struct settings *settings, enum setting setting, int value)
{
	const char *word;

	for (size_t i = 0; (word = setting_word(setting, i)); i++)
		if (setting_value_by_name(setting, word) == value)
			return is_chosen(settings->choices[setting], i);
	return false;
}

const char *settings_choice(const struct settings *settings, enum setting setting, size_t index)
{
	const char *word;

	for (size_t i = 0; (word = setting_word(setting, i)); i++)
		if (is_chosen(settings->choices[setting], i) && index-- == 0)
			return word;
	return NULL;
}

void reader_add_choices(struct reader *reader, enum setting setting, const char *value)
{
	unsigned *choices = &reader->settings->choices[setting];
	char *words = arena_strdup(reader->arena, value);
	char *rest = NULL;

	if (!words)
		return;
	if (*choices == UINT_MAX)
		*choices = 0;
	if (!words[strspn(words, ", \t")])
		reader_fault(reader, "%s has no value", setting_name(setting));
	for (char *word = strtok_r(words, ", \t", &rest); word;
		word = strtok_r(NULL, ", \t", &rest)) {
		const char *known = setting_word(setting, 0);
		size_t i = 0;

		while (known && strcmp(known, word) != 0)
			known = setting_word(setting, ++i);
		if (known)
			*choices |= 1u << i;
		else
			reader_fault(reader, "%s can't be %s", setting_name(setting),
				reader_quoted(reader, word));
	}
}

/* The fault is in the line of the default, or, where that is a preset's, in that of the choices. */
void reader_check_choices(struct reader *reader)
{
	const struct settings *settings = reader->settings;

	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting setting = (enum setting)i;

		if (!reader->seen[KEY_CHOICES + i] || settings->choices[i] == 0 ||
			settings->defaults[i] < 0 ||
			settings_has_choice(settings, setting, settings->defaults[i]))
			continue;
		reader->line = reader->seen[KEY_DEFAULTS + i];
		if (!reader->line)
			reader->line = reader->seen[KEY_CHOICES + i];
		reader_fault(reader, "%s = %s is the default, and not among its choices",
			setting_name(setting), setting_value_name(setting, settings->defaults[i]));
	}
	reader->line = 0;
}
