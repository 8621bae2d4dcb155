/* What the tests of vCards have in common: reading a card out of a literal, and looking at it. */
#ifndef KITH_VCARD_TESTS_H
#define KITH_VCARD_TESTS_H

#include <check.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"

#define V4 "<vcard xmlns='" NS_VCARD4 "'>"

static struct arena *arena;

static void set_up(void)
{
	arena = arena_new(0);
}

static void tear_down(void)
{
	arena_free(arena);
	arena = NULL;
}

/* A card of vCard4 XML, without <vcard> around it. */
static inline struct vcard *card_of(const char *properties)
{
	const char *text = arena_printf(arena, V4 "%s</vcard>", properties), *why = NULL;
	struct vcard *card = vcard_from_xml_text(arena, text, strlen(text), &why);

	ck_assert_msg(card != NULL, "%s: %s", why ? why : "?", text);
	return card;
}

/* The card as vCard4 XML, without <vcard> around it; both ways of writing give the same. */
static inline const char *xml_of(const struct vcard *card)
{
	static const char open[] = "<vcard xmlns=\"" NS_VCARD4 "\">";
	struct buffer buf;
	const char *tree = xml_to_string(arena, vcard_to_xml(arena, card), NULL);
	char *text;

	buffer_init(&buf, 0);
	ck_assert_int_eq(vcard_to_xml_text(&buf, card), 0);
	ck_assert_str_eq(buffer_string(&buf), tree);
	buffer_clear(&buf);
	if (!card->first)
		return "";
	ck_assert(strncmp(tree, open, strlen(open)) == 0);
	text = arena_strdup(arena, tree + strlen(open));
	text[strlen(text) - strlen("</vcard>")] = '\0';
	return text;
}

static inline int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}

#endif
