/* Bringing a card up to date, and taking it back: design, section 4. */
#include "config.h"

#include <check.h>

#include "common/buffer.h"
#include "component/history.h"
#include "component/update.h"
#include "tests/numbers.h"

#define TODAY 1700000000 /* 2023-11-14 */

static struct arena *arena;

static void setup(void)
{
	arena = arena_new(0);
}

static void teardown(void)
{
	arena_free(arena);
}

/* A history after the profiles that '|' divides, and its version. */
static int64_t play(struct history *history, const char *profiles)
{
	int64_t version = 0;
	char *rest = arena_strdup(arena, profiles);
	*history = (struct history){0};
	for (char *profile; (profile = strsep(&rest, "|"));) {
		struct history_change change;
		history_compare(
			&change, arena, history, numbers_card(arena, profile), "GB", ++version);
		*history = change.after;
	}
	return version;
}

static const char *bring(
	struct vcard *card, struct update_state *state, const char *profiles, bool add)
{
	struct history history;
	int64_t version = play(&history, profiles);
	return update_card(arena, card, state, &history, version, add, "GB", TODAY);
}

static const struct {
	const char *profiles, *card, *after;
	bool add;
	int applied;
	const char *why;
} updates[] = {
	{"A|B", "A", "B", false, 1, "a replaced number is replaced"},
	{"A|B", "A'", "B'", false, 1, "text stays text"},
	{"A|B", "X A y", "X B y", false, 1, "in its place, others stay"},
	{"A|B|C", "A", "C", false, 1, "by the end of its chain"},
	{"A|B", "A B", "B", false, 1, "merged where it is there already"},
	{"A|B", "B A", "B", false, 1, "also where it comes first"},
	{"A|B|C", "A B", "C", false, 1, "merged as it would have been step by step"},
	{"A|B", "A A'", "B B'", false, 1, "what is there twice is there twice"},
	{"A|", "A", "A*", false, 1, "a retired number is marked"},
	{"A||A", "A*", "A", false, 2, "the mark goes when it is current again"},
	{"A|B|", "A", "B*", false, 1, "a chain that ends retired: its end, marked"},
	{"A|", "A*", "A*", false, 1, "marked is marked"},
	{"A|A", "A*", "A", false, 1, "a mark of the holder's own on a current number goes"},
	{"A|A B", "A", "A", false, 1, "what was added is for mutual holders"},
	{"A|A B", "A", "A B", true, 1, "who get it behind the last"},
	{"A|A b", "", "b", true, 1, "also into a card without a number, but nothing from before"},
	{"A|A B", "A B'", "A B'", true, 1, "not twice"},
	{"A|A B|A C", "A", "A C", true, 1, "what was added is what became of it"},
	{"A|A B|A", "A", "A", true, 1, "or nothing"},
	{"A|A B", "A", "A", true, 2, "once only"},
	{"A|B|A B", "A", "A B", true, 1, "what was left standing alone counts as added"},
	{"A|B", "X y", "X y", true, 1, "a card without the subject's numbers stays as it is"},
	{"", "A", "A", true, 0, "no history, no change"},
};

START_TEST(a_card_comes_to_this)
{
	struct vcard *card = numbers_card(arena, updates[_i].card);
	struct update_state state = {updates[_i].applied, NULL};
	const char *what = bring(card, &state, updates[_i].profiles, updates[_i].add);
	const char *after = numbers_of(arena, card);
	ck_assert_msg(strcmp(after, updates[_i].after) == 0, "%s on %s: %s: %s",
		updates[_i].profiles, updates[_i].card, after, updates[_i].why);
	ck_assert(!what == (strcmp(updates[_i].card, updates[_i].after) == 0));
	/* Twice is once. */
	ck_assert_ptr_null(bring(card, &state, updates[_i].profiles, updates[_i].add));
	ck_assert_str_eq(numbers_of(arena, card), after);
}
END_TEST

START_TEST(taken_back_it_is_as_it_was_to_the_byte)
{
	struct vcard *card = numbers_card(arena, updates[_i].card);
	struct vcard *before = vcard_copy(arena, card);
	struct update_state state = {updates[_i].applied, NULL};
	const char *what = bring(card, &state, updates[_i].profiles, updates[_i].add);
	struct buffer a, b;
	if (!what)
		return;
	ck_assert(update_undo(arena, card, &state, what, "GB"));
	buffer_init(&a, 0);
	buffer_init(&b, 0);
	ck_assert_int_eq(vcard_to_xml_text(&a, card), 0);
	ck_assert_int_eq(vcard_to_xml_text(&b, before), 0);
	ck_assert_str_eq(buffer_string(&a), buffer_string(&b));
	buffer_clear(&a);
	buffer_clear(&b);
	/* And stays so. */
	ck_assert_ptr_null(bring(card, &state, updates[_i].profiles, updates[_i].add));
	/* There is nothing left to take back. */
	ck_assert(!update_undo(arena, card, &state, what, "GB"));
}
END_TEST

START_TEST(what_isnt_the_number_stays_to_the_byte)
{
	static const char text[] =
		"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><tel><parameters><type><text>cell"
		"</text><text>x-mum</text></type><pref><integer>1</integer></pref><x-foo><text>a,b"
		"</text></x-foo></parameters><uri>tel:+447700900000</uri></tel><fn><text>Carol"
		"</text></fn><group name='item1'><tel><text>+44 7700 900000</text></tel><x-ablabel>"
		"<unknown>tab\there</unknown></x-ablabel></group><tel><uri>tel:+447700900100</uri>"
		"</tel><odd xmlns='urn:odd'>1</odd></vcard>";
	struct vcard *card = vcard_from_xml_text(arena, text, strlen(text), NULL);
	ck_assert_ptr_nonnull(card);
	struct vcard *before = vcard_copy(arena, card);
	struct update_state state = {1, NULL};
	const char *what = bring(card, &state, "A|B|", false);
	ck_assert_str_eq(numbers_of(arena, card), "B*"); /* both were merged into the third */
	ck_assert(update_undo(arena, card, &state, what, "GB"));
	ck_assert(vcard_equal(card, before));

	card = vcard_copy(arena, before);
	vcard_remove(card, card->last->prev); /* that third */
	before = vcard_copy(arena, card);
	state = (struct update_state){1, NULL};
	what = bring(card, &state, "A|B", false);
	ck_assert_str_eq(numbers_of(arena, card), "B B'");
	const struct vcard_property *was = before->first;
	for (const struct vcard_property *p = card->first; p; p = p->next, was = was->next) {
		struct vcard_property copy = *p;
		if (strcmp(p->name, "TEL") == 0)
			copy.components = was->components;
		ck_assert(vcard_property_equal(&copy, was));
	}
	ck_assert(update_undo(arena, card, &state, what, "GB"));
	ck_assert(vcard_equal(card, before));
}
END_TEST

START_TEST(a_mark_has_a_date_and_the_lowest_preference)
{
	struct vcard *card = numbers_card(arena, "A");
	struct update_state state = {1, NULL};
	vcard_set_param(card, vcard_first(card, "TEL"), "PREF", "1");
	const char *what = bring(card, &state, "A|", false);
	struct vcard_property *tel = vcard_first(card, "TEL");
	ck_assert_str_eq(vcard_get_param(tel, VCARD_PARAM_RETIRED), "20231114");
	ck_assert_str_eq(vcard_get_param(tel, "PREF"), "100");
	ck_assert(update_undo(arena, card, &state, what, "GB"));
	ck_assert_ptr_null(vcard_get_param(tel, VCARD_PARAM_RETIRED));
	ck_assert_str_eq(vcard_get_param(tel, "PREF"), "1");
}
END_TEST

START_TEST(what_was_taken_back_is_pinned_until_the_next_change_to_it)
{
	struct vcard *card = numbers_card(arena, "A");
	struct update_state state = {1, NULL};
	const char *what = bring(card, &state, "A|B", false);
	ck_assert(update_undo(arena, card, &state, what, "GB"));
	ck_assert_ptr_nonnull(state.pins);
	ck_assert_ptr_null(bring(card, &state, "A|B", false));
	ck_assert_ptr_null(bring(card, &state, "A|B|B c", false)); /* a change to another */
	ck_assert_str_eq(numbers_of(arena, card), "A");
	ck_assert_ptr_nonnull(bring(card, &state, "A|B|B c|C c", false));
	ck_assert_str_eq(numbers_of(arena, card), "C");
	ck_assert_ptr_null(state.pins);
}
END_TEST

START_TEST(a_pin_goes_with_its_number)
{
	struct vcard *card = numbers_card(arena, "A x");
	struct update_state state = {1, NULL};
	struct history history;
	play(&history, "A|B");
	const char *what = bring(card, &state, "A|B", false);
	ck_assert(update_undo(arena, card, &state, what, "GB"));
	update_pins(arena, numbers_card(arena, "A"), &state, &history, "GB");
	ck_assert_ptr_nonnull(state.pins);
	update_pins(arena, numbers_card(arena, "x"), &state, &history, "GB");
	ck_assert_ptr_null(state.pins);
}
END_TEST

START_TEST(two_updates_are_taken_back_one_after_the_other)
{
	struct vcard *card = numbers_card(arena, "A");
	struct update_state state = {1, NULL};
	const char *one = bring(card, &state, "A|B", false);
	const char *two = bring(card, &state, "A|B|C", false);
	ck_assert(update_undo(arena, card, &state, two, "GB"));
	ck_assert_str_eq(numbers_of(arena, card), "B");
	ck_assert(update_undo(arena, card, &state, one, "GB"));
	ck_assert_str_eq(numbers_of(arena, card), "A");
	ck_assert_ptr_null(bring(card, &state, "A|B|C", false));
}
END_TEST

START_TEST(what_the_holder_changed_since_isnt_taken_back)
{
	struct vcard *card = numbers_card(arena, "A d");
	struct update_state state = {1, NULL};
	const char *what = bring(card, &state, "A d|B e G", true);
	ck_assert_str_eq(numbers_of(arena, card), "B e G");
	/* He labels what was added, and puts another number in the place of B. */
	struct vcard_property *tel = vcard_first(card, "TEL");
	vcard_set_text(card, tel, "uri", number_uri(arena, "X"));
	vcard_add_type(card, vcard_next(vcard_next(tel, "TEL"), "TEL"), "work");
	ck_assert(update_undo(arena, card, &state, what, "GB"));
	ck_assert_str_eq(numbers_of(arena, card), "X d G");
}
END_TEST

START_TEST(what_still_holds_in_a_card_is_told)
{
	struct vcard *card = numbers_card(arena, "A d F");
	struct update_state state = {1, NULL};
	const char *what = bring(card, &state, "A d F|B F", true);
	ck_assert_str_eq(numbers_of(arena, card), "B d* F");
	ck_assert_str_eq(update_holds(arena, card, NULL, what, "GB"), what);
	const char *half = update_holds(arena, numbers_card(arena, "C d*"), NULL, what, "GB");
	struct update_item items[4];
	ck_assert_uint_eq(update_describe(arena, half, items, 4), 1);
	ck_assert_int_eq(items[0].verb, UPDATE_MARKED);
	ck_assert_ptr_null(update_holds(arena, numbers_card(arena, "C d"), NULL, what, "GB"));
}
END_TEST

/* "d*" in the card, d is replaced by e, which is given up; or by f, which is in use. */
START_TEST(a_marked_one_is_told_as_what_it_became)
{
	struct vcard *card = numbers_card(arena, "A d*");
	struct update_state state = {1, NULL};
	struct phone d, e;
	const char *what = bring(card, &state, "A d|A e|A", false);
	phone_read(&d, number_uri(arena, "d"), NULL);
	phone_read(&e, number_uri(arena, "e"), NULL);
	ck_assert_str_eq(numbers_of(arena, card), "A e*");
	ck_assert_str_eq(update_text(arena, what),
		arena_printf(arena, "home %s is now %s; home %s is no longer in use", d.display,
			e.display, e.display));
	ck_assert(update_undo(arena, card, &state, what, "GB"));
	ck_assert_str_eq(numbers_of(arena, card), "A d*");
	card = numbers_card(arena, "A d*");
	state = (struct update_state){1, NULL};
	what = bring(card, &state, "A d|A e", false);
	ck_assert_str_eq(numbers_of(arena, card), "A e");
	ck_assert_str_eq(update_text(arena, what),
		arena_printf(arena, "home %s is now %s", d.display, e.display));
}
END_TEST

/* "A B", A is replaced by B, and B by C: nobody is told that A is B now. */
START_TEST(a_merged_one_is_told_as_what_it_became)
{
	struct vcard *card = numbers_card(arena, "A B");
	struct update_state state = {1, NULL};
	const char *what = bring(card, &state, "A|B|C", false);
	struct phone a, b, c;
	phone_read(&a, number_uri(arena, "A"), NULL);
	phone_read(&b, number_uri(arena, "B"), NULL);
	phone_read(&c, number_uri(arena, "C"), NULL);
	ck_assert_str_eq(numbers_of(arena, card), "C");
	ck_assert_str_eq(update_text(arena, what),
		arena_printf(arena, "mobile %s is now %s; mobile %s is now %s", a.display,
			c.display, b.display, c.display));
	ck_assert_str_eq(update_holds(arena, card, NULL, what, "GB"), what);
	ck_assert(update_undo(arena, card, &state, what, "GB"));
	ck_assert_str_eq(numbers_of(arena, card), "A B");
}
END_TEST

START_TEST(what_the_holder_restored_isnt_told)
{
	struct vcard *card = numbers_card(arena, "A F");
	struct update_state state = {1, NULL};
	const char *first = bring(card, &state, "A F|B G", true), *left;
	const char *second = bring(card, &state, "A F|B G|C G", true);
	struct update_item items[4];
	ck_assert(update_undo(arena, card, &state, second, "GB"));
	ck_assert_str_eq(numbers_of(arena, card), "B G");
	left = update_holds(arena, card, state.pins, first, "GB");
	ck_assert_uint_eq(update_describe(arena, left, items, 4), 1);
	ck_assert(strstr(left, number_identity(arena, "G")) != NULL);
}
END_TEST

START_TEST(it_is_told_in_words)
{
	struct vcard *card = numbers_card(arena, "A d F");
	struct update_state state = {1, NULL};
	struct update_item items[8];
	struct phone a, b, d, g;
	const char *what = bring(card, &state, "A d F|B F g", true);
	phone_read(&a, number_uri(arena, "A"), NULL);
	phone_read(&b, number_uri(arena, "B"), NULL);
	phone_read(&d, number_uri(arena, "d"), NULL);
	phone_read(&g, number_uri(arena, "g"), NULL);
	/* d was paired with g, of its kind. */
	ck_assert_str_eq(update_text(arena, what),
		arena_printf(arena, "mobile %s is now %s; home %s is now %s", a.display, b.display,
			d.display, g.display));
	ck_assert_uint_eq(update_describe(arena, what, items, 8), 2);
	ck_assert_int_eq(items[1].verb, UPDATE_REPLACED);
	ck_assert_str_eq(items[1].kind, "home");
	ck_assert_str_eq(items[1].old_display, d.display);
	ck_assert_str_eq(items[1].display, g.display);
	ck_assert_uint_eq(update_describe(arena, what, items, 1), 1);

	what = bring(card, &state, "A d F|B F g|F H", true);
	ck_assert_ptr_nonnull(strstr(update_text(arena, what), "is no longer in use"));
	what = bring(card, &state, "A d F|B F g|F H|F H g W", true);
	ck_assert_ptr_nonnull(strstr(update_text(arena, what), "is in use again"));
	ck_assert_ptr_nonnull(strstr(update_text(arena, what), "new: mobile"));
	ck_assert_str_eq(update_text(arena, "nonsense"), "");
}
END_TEST

START_TEST(a_card_carries_numbers_of_a_history)
{
	struct history history;
	play(&history, "A|B|C");
	ck_assert(update_carries(numbers_card(arena, "X A"), &history, "GB", -1));
	ck_assert(!update_carries(numbers_card(arena, "X"), &history, "GB", -1));
	ck_assert(update_carries(numbers_card(arena, "A"), &history, "GB", 1));
	ck_assert(!update_carries(numbers_card(arena, "A"), &history, "GB", 2));
	ck_assert(update_carries(numbers_card(arena, "B"), &history, "GB", 2));
	ck_assert(!update_carries(numbers_card(arena, "C"), &history, "GB", 2));
}
END_TEST

START_TEST(what_has_no_e164_form_is_matched_by_its_digits)
{
	struct history history = {0};
	struct history_change change;
	struct vcard *profile = numbers_card(arena, ""), *card = numbers_card(arena, "");
	struct update_state state = {1, NULL};
	vcard_add(profile, NULL, "TEL", "text", "12345 678901234567890");
	history_compare(&change, arena, &history, profile, "GB", 1);
	history = change.after;
	vcard_set_text(profile, profile->last, "text", "22345-678901234567890");
	history_compare(&change, arena, &history, profile, "GB", 2);
	vcard_add(card, NULL, "TEL", "text", "12345678901234567890");
	ck_assert_ptr_nonnull(
		update_card(arena, card, &state, &change.after, 2, false, "GB", TODAY));
	ck_assert_str_eq(vcard_text(card->last), "22345-678901234567890");
	ck_assert_str_eq(card->last->value_type, "text");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("update");
	TCase *tcase = tcase_create("design 4, Bringing a card up to date");
	int count = (int)(sizeof updates / sizeof *updates);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, a_card_comes_to_this, 0, count);
	tcase_add_loop_test(tcase, taken_back_it_is_as_it_was_to_the_byte, 0, count);
	tcase_add_test(tcase, what_isnt_the_number_stays_to_the_byte);
	tcase_add_test(tcase, a_mark_has_a_date_and_the_lowest_preference);
	tcase_add_test(tcase, what_was_taken_back_is_pinned_until_the_next_change_to_it);
	tcase_add_test(tcase, a_pin_goes_with_its_number);
	tcase_add_test(tcase, two_updates_are_taken_back_one_after_the_other);
	tcase_add_test(tcase, what_the_holder_changed_since_isnt_taken_back);
	tcase_add_test(tcase, what_still_holds_in_a_card_is_told);
	tcase_add_test(tcase, what_the_holder_restored_isnt_told);
	tcase_add_test(tcase, a_marked_one_is_told_as_what_it_became);
	tcase_add_test(tcase, a_merged_one_is_told_as_what_it_became);
	tcase_add_test(tcase, it_is_told_in_words);
	tcase_add_test(tcase, a_card_carries_numbers_of_a_history);
	tcase_add_test(tcase, what_has_no_e164_form_is_matched_by_its_digits);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
