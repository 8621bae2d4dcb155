/* The history of numbers: design, section 4, "History". */
#include "config.h"

#include <check.h>

#include "component/history.h"
#include "tests/numbers.h"

static struct arena *arena;

static void setup(void)
{
	arena = arena_new(0);
}

static void teardown(void)
{
	arena_free(arena);
}

/* The history as words: NAME current, NAME>NAME replaced, NAME* retired; with + and the version
 * where it came on its own. */
static const char *words_of(const struct history *history)
{
	const char *words = "";
	for (size_t i = 0; i < history->count; i++) {
		const struct number *n = &history->numbers[i];
		words = arena_printf(
			arena, "%s%s%s", words, *words ? " " : "", number_name(arena, n->identity));
		if (n->state == NUMBER_REPLACED)
			words = arena_printf(
				arena, "%s>%s", words, number_name(arena, n->successor));
		if (n->state == NUMBER_RETIRED)
			words = arena_printf(arena, "%s*", words);
		if (n->added != 0)
			words = arena_printf(arena, "%s+%d", words, (int)n->added);
	}
	return words;
}

/* Publishes the profiles, which '|' divides, one after the other. */
static struct history_change play(const char *profiles)
{
	struct history history = {0};
	struct history_change change = {0};
	int64_t version = 0;
	char *rest = arena_strdup(arena, profiles);
	for (char *profile; (profile = strsep(&rest, "|"));) {
		history_compare(
			&change, arena, &history, numbers_card(arena, profile), "GB", version + 1);
		if (change.changed)
			version++;
		history = change.after;
	}
	ck_assert(!arena_failed(arena));
	return change;
}

static const struct {
	const char *profiles, *history, *why;
} plays[] = {
	{"", "", "no number is no history"},
	{"A", "A+1", "the first comes on its own"},
	{"A b", "A+1 b+1", "in order of appearance"},
	{"A A' work:A", "A+1", "a doubled one counts once, as it came first"},
	{"A|A", "A+1", "the same again is nothing"},
	{"A b|b A", "A+1 b+1", "order is no matter"},
	{"A|B", "A>B+1 B", "left over on both sides, of one kind: replaced"},
	{"A b|C b", "A>C+1 b+1 C", "only what changed changes"},
	{"A B|C D", "A>C+1 B>D+1 C D", "pairs of one kind go in order"},
	{"A b|c D", "A>D+1 b>c+1 c D", "pairs go by kind"},
	{"A|b", "A*+1 b+2", "another kind is another number: retired and added"},
	{"A B|C", "A>C+1 B*+1 C", "what nothing is left for is retired"},
	{"A|A B", "A+1 B+2", "added"},
	{"A|B C", "A>B+1 B C+2", "one replaces, the other is added"},
	{"A||A", "A+3", "retired, and back"},
	{"A|B|C", "A>B+1 B>C C", "a chain"},
	{"A|B|A", "A+1 B>A", "back in place of its successor: the chain turns, A was once added"},
	{"A|B|C|A", "A+1 B>C C>A", "back at the end of its chain"},
	{"A|B|A B", "A+3 B+2", "back beside its successor: that has come on its own, then"},
	{"A|B|C|A C", "A+4 B>C+2 C", "the same, further down the chain"},
	{"a|work:a", "a+1", "another kind alone is no change"},
	{"a|work:a|work:b", "a>b+1 b", "but pairs as what it is now"},
	{"A*|B", "B+1", "what is marked as retired isn't the profile's"},
	{"A|A*", "A*+1", "to mark it is to retire it"},
};

START_TEST(a_profile_makes_this_history)
{
	struct history_change change = play(plays[_i].profiles);
	ck_assert_msg(strcmp(words_of(&change.after), plays[_i].history) == 0, "%s: %s: %s",
		plays[_i].profiles, words_of(&change.after), plays[_i].why);
}
END_TEST

START_TEST(a_tel_without_identity_is_ignored)
{
	struct history before = {0};
	struct history_change change;
	struct vcard *card = numbers_card(arena, "A");
	vcard_add(card, NULL, "TEL", "text", "ask at the desk");
	history_compare(&change, arena, &before, card, "GB", 1);
	ck_assert_uint_eq(change.after.count, 1);
}
END_TEST

START_TEST(an_entry_says_when_and_how_it_is_shown)
{
	struct history_change change = play("A|B");
	const struct number *a = history_find(&change.after, number_identity(arena, "A"));
	const struct number *b = history_find(&change.after, number_identity(arena, "B"));
	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_int_eq(a->from, 1);
	ck_assert_int_eq(a->to, 2);
	ck_assert_int_eq(b->from, 2);
	ck_assert_int_eq(b->to, 0);
	ck_assert_str_eq(b->kind, "cell");
	ck_assert_str_eq(b->value, number_uri(arena, "B"));
	ck_assert_str_ne(b->display, "");
	ck_assert_ptr_null(history_find(&change.after, "+1"));
	ck_assert(number_was_current(a, 1));
	ck_assert(!number_was_current(a, 2));
	ck_assert(!number_was_current(b, 1));
	ck_assert(number_was_current(b, 7));
}
END_TEST

START_TEST(what_changed_is_told)
{
	struct history_change change = play("A b|C D");
	ck_assert_ptr_nonnull(strstr(change.what, " -> "));
	ck_assert_ptr_nonnull(strstr(change.what, "retired home "));
	ck_assert_ptr_nonnull(strstr(change.what, "added cell "));
	ck_assert(change.changed);
	change = play("a|work:a");
	ck_assert(!change.changed);
	ck_assert(change.refreshed);
	change = play("A|A");
	ck_assert(!change.changed);
	ck_assert(!change.refreshed);
}
END_TEST

START_TEST(the_end_and_the_newest_change_of_a_chain_are_found)
{
	struct history_change change = play("A b|C b|D b|D e");
	const struct history *h = &change.after;
	const struct number *a = history_find(h, number_identity(arena, "A"));
	ck_assert_str_eq(history_end(h, a)->identity, number_identity(arena, "D"));
	ck_assert_int_eq(history_changed(h, a), 3);
	ck_assert_int_eq(history_changed(h, history_find(h, number_identity(arena, "e"))), 4);
}
END_TEST

START_TEST(a_damaged_chain_ends)
{
	struct number numbers[] = {
		{.identity = "1", .state = NUMBER_REPLACED, .successor = "2", .from = 1, .to = 2},
		{.identity = "2", .state = NUMBER_REPLACED, .successor = "1", .from = 2, .to = 3},
		{.identity = "3", .state = NUMBER_REPLACED, .successor = "4", .from = 1, .to = 3},
	};
	struct history history = {numbers, 3};
	ck_assert_ptr_nonnull(history_end(&history, &numbers[0]));
	ck_assert_int_eq(history_changed(&history, &numbers[0]), 3);
	ck_assert_ptr_eq(history_end(&history, &numbers[2]), &numbers[2]);
}
END_TEST

START_TEST(the_oldest_is_forgotten_and_no_chain_is_broken)
{
	struct history history = {0};
	for (int version = 1; version <= HISTORY_NUMBERS_MAX + 50; version++) {
		struct history_change change;
		char name[16];
		snprintf(name, sizeof name, "A%d", version);
		history_compare(&change, arena, &history, numbers_card(arena, name), "GB", version);
		history = change.after;
	}
	ck_assert_uint_eq(history.count, HISTORY_NUMBERS_MAX);
	ck_assert_ptr_null(history_find(&history, number_identity(arena, "A50")));
	for (size_t i = 0; i < history.count; i++)
		ck_assert_str_eq(history_end(&history, &history.numbers[i])->identity,
			number_identity(arena, "A550"));
}
END_TEST

/* However a number is written, it is found where reading it in full finds it. */
START_TEST(a_tel_is_found_in_any_writing)
{
	static const char *const writings[] = {"+447700900123", "tel:+447700900123",
		"TEL:+44-7700-900123", "+44 (0)7700 900123", "+44 07700 900.123", "07700 900123",
		"+44 7700 900124", "+447700900123;ext=5", "tel:+442079460018;ext=12",
		"+44 20 7946 0018 x12", "020 7946 0018", "+44 7700 900123/4", "\uff0b447700900123",
		"0123", "900123", "112", "+", "", "call me"};
	struct history history = play("A | B | B a").after;
	struct vcard *card = vcard_new(arena);

	for (size_t i = 0; i < sizeof writings / sizeof *writings; i++) {
		struct vcard *own = vcard_new(arena);
		vcard_add(own, NULL, "TEL", "text", writings[i]);
		for (int with = 0; with < 2; with++) {
			struct history_change change = {.after = history};
			if (with)
				history_compare(&change, arena, &history, own, "GB", 9);
			for (size_t j = 0; j < sizeof writings / sizeof *writings; j++) {
				struct vcard_property *tel =
					vcard_add(card, NULL, "TEL", "text", writings[j]);
				struct phone phone;
				vcard_tel(tel, "GB", &phone);
				ck_assert_msg(history_find_tel(&change.after, tel, "GB") ==
						      (*phone.identity ? history_find(&change.after,
										 phone.identity)
								       : NULL),
					"%s, where %s is known", writings[j], writings[i]);
			}
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("history");
	TCase *tcase = tcase_create("design 4, History");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
		tcase, a_profile_makes_this_history, 0, (int)(sizeof plays / sizeof *plays));
	tcase_add_test(tcase, a_tel_without_identity_is_ignored);
	tcase_add_test(tcase, an_entry_says_when_and_how_it_is_shown);
	tcase_add_test(tcase, what_changed_is_told);
	tcase_add_test(tcase, the_end_and_the_newest_change_of_a_chain_are_found);
	tcase_add_test(tcase, a_tel_is_found_in_any_writing);
	tcase_add_test(tcase, a_damaged_chain_ends);
	tcase_add_test(tcase, the_oldest_is_forgotten_and_no_chain_is_broken);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
