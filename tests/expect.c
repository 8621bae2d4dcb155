/* What the tests of features have in common. */
#include "tests/expect.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/phone.h"

/* part as it is where numbers aren't shown in groups: without blanks between digits. */
static char *ungrouped(const char *part)
{
	char *plain = strdup(part), *to = plain;

	ck_assert_ptr_nonnull(plain);
	for (const char *from = part; *from; from++) {
		bool is_between = *from == ' ' && from > part && isdigit((unsigned char)from[-1]) &&
				  isdigit((unsigned char)from[1]);

		if (!is_between)
			*to++ = *from;
	}
	*to = '\0';
	return plain;
}

bool expect_find(const char *text, const char *part)
{
	bool is_there = strstr(text, part) != NULL;

	if (!is_there && !phone_has_library()) {
		char *plain = ungrouped(part);

		is_there = strstr(text, plain) != NULL;
		free(plain);
	}
	return is_there;
}

void expect_has(const char *text, const char *part)
{
	ck_assert_msg(expect_find(text, part), "no %s in %s", part, text);
}

void expect_lacks(const char *text, const char *part)
{
	ck_assert_msg(!expect_find(text, part), "%s in %s", part, text);
}

char *expect_between(const char *text, const char *before, const char *after)
{
	const char *from = strstr(text, before), *to;

	ck_assert_msg(from != NULL, "no %s in %s", before, text);
	from += strlen(before);
	to = strstr(from, after);
	ck_assert_msg(to != NULL, "no %s behind %s in %s", after, before, text);
	return strndup(from, (size_t)(to - from));
}

char *expect_hidden(const char *form, bool lacks)
{
	static const char hidden[] = "type=\"hidden\"";
	char *fields = calloc(1, strlen(form) + 1);

	ck_assert_ptr_nonnull(fields);
	for (const char *field = strstr(form, "<field "); field;
		field = strstr(field + 1, "<field ")) {
		const char *end = strchr(field, '>') + 1;
		bool is_empty = end[-2] == '/';

		if (!is_empty)
			end = strstr(end, "</field>") + strlen("</field>");
		if (memmem(field, (size_t)(end - field), hidden, strlen(hidden)) &&
			!(is_empty && lacks))
			strncat(fields, field, (size_t)(end - field));
	}
	return fields;
}

int expect_all(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
