/* The name in a stored card: design, section 5, "Storage"; section 3, "push". */
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "component/stored_card.h"
#include "tests/expect.h"

#define PIECES_MAX 4 /* in a card */

/* Of each kind that a name can be in, or be hidden by. */
static const char *const pieces[] = {
	"<fn><text>Carol Example</text></fn>",
	"<fn><text>Zoë</text></fn>",
	"<fn><text> \t</text></fn>",
	"<fn><text/></fn>",
	"<fn/>",
	"<fn><text>A &amp; &lt;B&gt; &quot;C&quot;</text></fn>",
	"<fn><text>two\nlines</text></fn>",
	"<fn><parameters><pref><integer>1</integer></pref></parameters><text>By far</text></fn>",
	"<fn><text>one</text><text>other</text></fn>",
	"<fn>bare</fn>",
	"<fn><uri>x:y</uri></fn>",
	"<FN><text>large</text></FN>",
	"<group name='fn'><fn><text>grouped</text></fn></group>",
	"<group name='x'><note><text>n</text></note></group>",
	"<n><surname>Example</surname><given>Carol</given><additional/><prefix/><suffix/></n>",
	"<x xmlns='urn:x' a='&lt;fn>&lt;text>'><fn><text>theirs</text></fn></x>",
	"<fn xmlns='urn:x'><text>theirs</text></fn>",
	"<note><text>&lt;fn&gt;&lt;text&gt;no&lt;/text&gt;&lt;/fn&gt;</text></note>",
	"<tel><uri>tel:+447700900123</uri></tel>",
	"<x-empty><unknown/></x-empty>",
};
#define PIECES (sizeof(pieces) / sizeof(*pieces))

static struct arena *arena;

static void set_up(void)
{
	arena = arena_new(0);
}

static void tear_down(void)
{
	arena_free(arena);
}

static const char *stored(const char *properties, size_t *len)
{
	const char *text =
		arena_printf(arena, "<vcard xmlns='" NS_VCARD4 "'>%s</vcard>", properties);
	const struct vcard *card = vcard_from_xml_text(arena, text, strlen(text), NULL);

	ck_assert_ptr_nonnull(card);
	return stored_card_write(arena, card, len);
}

static void check_name(const char *properties)
{
	size_t len;
	const char *text = stored(properties, &len);
	const struct vcard *card = vcard_from_xml_text(arena, text, len, NULL);

	ck_assert_str_eq(stored_card_name(arena, text, len), vcard_name(card));
}

/* Each card of up to so many pieces, one of them at the least. */
static void check_all(const char *before, int left)
{
	for (size_t i = 0; i < PIECES; i++) {
		char properties[PIECES_MAX * 128];

		strcpy(properties, before);
		strcat(properties, pieces[i]);
		if (left > 1)
			check_all(properties, left - 1);
		arena_reset(arena);
		check_name(properties);
	}
}

START_TEST(the_name_is_that_of_the_card)
{
	check_name("");
	check_all("", PIECES_MAX);
}
END_TEST

START_TEST(most_cards_are_not_read_for_it)
{
	size_t len, used;
	const char *text = stored(arena_printf(arena, "%s%s", pieces[14], pieces[0]), &len);

	used = arena_used(arena);
	ck_assert_str_eq(stored_card_name(arena, text, len), "Carol Example");
	ck_assert_uint_eq(arena_used(arena) - used, sizeof("Carol Example"));
}
END_TEST

/* What a damaged store has in its place. */
START_TEST(what_is_no_card_has_no_name)
{
	size_t len;
	const char *text = stored(arena_printf(arena, "%s%s", pieces[14], pieces[5]), &len);

	for (size_t cut = 0; cut < len; cut++)
		ck_assert_ptr_null(stored_card_name(arena, arena_strndup(arena, text, cut), cut));
	ck_assert_ptr_null(stored_card_name(arena, "<x/>", 4));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stored card");
	TCase *tc = tcase_create("its name");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, the_name_is_that_of_the_card);
	tcase_add_test(tc, most_cards_are_not_read_for_it);
	tcase_add_test(tc, what_is_no_card_has_no_name);
	suite_add_tcase(suite, tc);
	return expect_all(suite);
}
