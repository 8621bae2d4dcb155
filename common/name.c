/* Names among other words; see name.h. */
#include "common/name.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"

#define TITLE_MAX 4 /* letters before the dot of "Prof. " */

/* A full stop, which the one behind a title or initial isn't. */
static bool ends_sentence(const char *text, const char *dot)
{
	const char *word = dot;

	while (word > text && word[-1] != ' ')
		word--;
	return dot[1] == ' ' && dot - word > TITLE_MAX;
}

static bool reads_like_more(const char *text)
{
	if (strpbrk(text, ":;\"?!=[]\\"))
		return true;
	/* A JID or mail alone is what stands for a name where there is none. */
	if (strchr(text, '@') && strchr(text, ' '))
		return true;
	for (const char *dot = strchr(text, '.'); dot; dot = strchr(dot + 1, '.'))
		if (ends_sentence(text, dot))
			return true;
	return false;
}

const char *name_shown(char out[NAME_SHOWN_SIZE], const char *name)
{
	char text[NAME_SHOWN_SIZE - 2];

	log_escape(text, sizeof(text), name);
	if (!reads_like_more(text))
		return strcpy(out, text);
	for (char *quote = text; (quote = strchr(quote, '"'));)
		*quote = '\'';
	snprintf(out, NAME_SHOWN_SIZE, "\"%s\"", text);
	return out;
}
