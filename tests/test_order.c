/* Bringing a card up to date twice, late or in other steps gives the same, for random histories. */
#include "config.h"

#include <check.h>

#include "component/history.h"
#include "component/update.h"
#include "tests/chance.h"

static void random_history(struct arena *arena, struct history *steps, int count, bool returns)
{
	bool used[PLAIN_NUMBERS] = {false}, current[PLAIN_NUMBERS] = {false};
	steps[0] = (struct history){0};
	for (int v = 1; v <= count; v++) {
		struct plain_card card = {0};
		struct history_change change;
		for (int n = 0; n < PLAIN_NUMBERS; n++) {
			bool stays = current[n] && below(3) > 0;
			bool comes = !current[n] && below(12) == 0 && (returns || !used[n]);
			current[n] = (stays || comes) && card.count < 6;
			used[n] = used[n] || current[n];
			if (current[n])
				card.tels[card.count++] = (struct plain_tel){n, false, false};
		}
		history_compare(&change, arena, &steps[v - 1],
			numbers_card(arena, words_of(arena, &card)), "GB", v);
		steps[v] = change.after;
	}
}

/* The numbers of card that are not marked, in order of their names. */
static const char *good_numbers(struct arena *arena, const struct vcard *card)
{
	const char *words = "";
	for (int n = 0; n < PLAIN_NUMBERS; n++)
		for (struct vcard_property *tel = vcard_first(card, "TEL"); tel;
			tel = vcard_next(tel, "TEL")) {
			struct phone phone;
			vcard_tel(tel, "GB", &phone);
			if (strcmp(phone.identity, number_identity(arena, name_of(arena, n))) ==
					0 &&
				!vcard_get_param(tel, VCARD_PARAM_RETIRED))
				words = arena_printf(arena, "%s %s", words, name_of(arena, n));
		}
	return words;
}

START_TEST(late_and_step_by_step_give_the_same)
{
	struct arena *arena = arena_new(0);
	struct history steps[13];
	uint64_t number = first_seed() + (uint64_t)_i;
	for (int round = 0; round < 20; round++) {
		struct plain_card random;
		struct update_state one = {0, NULL}, other = {0, NULL};
		seed(number * 20 + (uint64_t)round);
		bool add = below(2) == 0;
		random_history(arena, steps, 12, false);
		random.count = below(6);
		for (int i = 0; i < random.count; i++)
			random.tels[i] =
				(struct plain_tel){below(PLAIN_NUMBERS), below(2) == 0, false};
		struct vcard *stepwise = numbers_card(arena, words_of(arena, &random));
		struct vcard *late = vcard_copy(arena, stepwise);
		for (int v = 1; v <= 12; v++)
			update_card(arena, stepwise, &one, &steps[v], v, add, "GB", 0);
		for (int v = 1 + below(12); v < 12; v += 1 + below(6))
			update_card(arena, late, &other, &steps[v], v, add, "GB", 0);
		update_card(arena, late, &other, &steps[12], 12, add, "GB", 0);
		ck_assert_ptr_null(update_card(arena, late, &other, &steps[12], 12, add, "GB", 0));
		/* What came and went in between, a late card never had. */
		ck_assert_msg(
			strcmp(add ? good_numbers(arena, stepwise) : numbers_of(arena, stepwise),
				add ? good_numbers(arena, late) : numbers_of(arena, late)) == 0,
			"seed %d, round %d: step by step %s, late %s", (int)number, round,
			numbers_of(arena, stepwise), numbers_of(arena, late));
		arena_reset(arena);
	}
	arena_free(arena);
}
END_TEST

/* Where numbers come back, too: no card is left with a number that is not the subject's any more,
 * and one that is to have everything has it. */
START_TEST(what_comes_back_leaves_no_card_behind)
{
	struct arena *arena = arena_new(0);
	struct history steps[25];
	uint64_t number = first_seed() + (uint64_t)_i;
	for (int round = 0; round < 10; round++) {
		struct update_state state = {0, NULL};
		seed(number * 10 + (uint64_t)round);
		random_history(arena, steps, 24, true);
		struct vcard *card = numbers_card(arena, "A B' a C");
		for (int v = 1 + below(3); v < 24; v += 1 + below(9))
			update_card(arena, card, &state, &steps[v], v, true, "GB", 0);
		update_card(arena, card, &state, &steps[24], 24, true, "GB", 0);
		for (struct vcard_property *tel = vcard_first(card, "TEL"); tel;
			tel = vcard_next(tel, "TEL")) {
			struct phone phone;
			vcard_tel(tel, "GB", &phone);
			const struct number *n = history_find(&steps[24], phone.identity);
			bool marked = vcard_get_param(tel, VCARD_PARAM_RETIRED);
			ck_assert(!n || n->state == (marked ? NUMBER_RETIRED : NUMBER_CURRENT));
		}
		for (size_t i = 0; i < steps[24].count; i++) {
			const struct number *n = &steps[24].numbers[i];
			if (n->state != NUMBER_CURRENT)
				continue;
			ck_assert_msg(strstr(arena_printf(arena, "%s ", good_numbers(arena, card)),
					      arena_printf(arena, " %s ",
						      number_name(arena, n->identity))) != NULL,
				"seed %d, round %d: %s lacks %s", (int)number, round,
				numbers_of(arena, card), number_name(arena, n->identity));
		}
		arena_reset(arena);
	}
	arena_free(arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("order");
	TCase *tcase = tcase_create("design 1.5, State");
	tcase_add_loop_test(tcase, late_and_step_by_step_give_the_same, 0, 50);
	tcase_add_loop_test(tcase, what_comes_back_leaves_no_card_behind, 0, 50);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
