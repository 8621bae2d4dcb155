/* Passing carol's card on (the command `share`), by each relation to each relation, with each value
 * of `share`, `visible` and `findable`, against matrix_table.h (design: section 4, "Rules"). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/expect.h"
#include "tests/matrix_world.h"

#define HER_NUMBER "+447700900100"

/* Who is to get it: enough to tell each circle and each place. */
static const struct {
	const char *relation, *place;
} receivers[] = {
	{"chosen", "here"},
	{"known", "here"},
	{"stranger", "here"},
	{"stranger", "blocked"},
	{"known", "other group"},
	{"known", "both groups"},
	{"known", "remote"},
};
#define RECEIVERS (sizeof(receivers) / sizeof(*receivers))

static const struct world_person *receiver_of(const struct world *world, size_t r)
{
	for (size_t i = 0; i < world->count; i++)
		if (strcmp(world->persons[i].relation->name, receivers[r].relation) == 0 &&
			strcmp(world->persons[i].place->name, receivers[r].place) == 0)
			return &world->persons[i];
	ck_abort();
	return NULL;
}

static char *share(struct world *world, const char *sender, const char *subject, const char *to)
{
	return world_say(world,
		"<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
		"<command xmlns='http://jabber.org/protocol/commands' node='share'>"
		"<x xmlns='jabber:x:data' type='submit'>" MATRIX_FIELD("subject", "%s")
			MATRIX_FIELD("to", "%s") "</x></command></iq>",
		sender, subject, to);
}

/* What the sender is told of it, the receiver as if the same; takes ownership of sent. */
static char *told(const char *sent, const char *sender, const char *receiver)
{
	char *his = world_sent_to(sent, sender, false);

	return world_plain(his, sender, receiver);
}

/* What the table says that the sender is told. */
static const char *expected(const struct world *world, const struct matrix_share *row,
	const struct world_person *sender, const struct world_person *receiver, int circle)
{
	const struct world_person *carol = &world->persons[0];

	if (!world_expects(world, sender, sender->relation->sees, circle) ||
		!world_may_know(world, sender, receiver) || !world_may_know(world, carol, receiver))
		return "nobody";
	return sender == carol ? row->herself_told : row->others_told;
}

/* One attempt: the sender's answer, and what comes to whom else. */
static void attempt(struct world *world, const struct matrix_share *row,
	const struct world_person *sender, const struct world_person *receiver, int circle)
{
	const char *wanted = expected(world, row, sender, receiver, circle);
	bool arrives = strcmp(wanted, "sent") == 0 &&
		       world_expects(world, receiver, receiver->relation->sees, circle);
	char *sent = share(world, sender->jid, CAROL, receiver->jid);
	char *his = world_sent_to(sent, receiver->jid, false);
	char *hers = world_sent_to(sent, CAROL, false);
	char *answer = told(sent, sender->jid, receiver->jid), *nothing, ghost[64];
	char where[256];

	snprintf(where, sizeof(where), "share by %s to %s, share = %s, visible = %s: %s%s",
		sender->jid, receiver->jid, row->setting, matrix_circles[circle], wanted,
		arrives ? ", and arrives" : "");
	if (strcmp(wanted, "nobody") == 0) {
		nothing = share(world, sender->jid, GHOST, receiver->jid);
		free(answer);
		cell_alike(answer = world_plain(sent, sender->jid, CAROL),
			nothing = world_plain(nothing, sender->jid, GHOST), "%s", where);
		sent = NULL;
	} else {
		/* As to somebody of the same domain who isn't there. */
		char *to_ghost;

		snprintf(ghost, sizeof(ghost), "ghost%s", strchr(receiver->jid, '@'));
		to_ghost = share(world, sender->jid, CAROL, ghost);
		nothing = told(to_ghost, sender->jid, ghost);
		free(to_ghost);
		if (strcmp(receiver->place->name, "both groups") != 0)
			cell_alike(answer, nothing, "%s: what the sender is told", where);
		cell(strstr(answer, "type=\"info\"") != NULL, "%s: what the sender is told", where);
	}
	cell(dialogue_count(his, "<message ") == (arrives ? 1 : 0), "%s: the receiver", where);
	cell((strstr(his, HER_NUMBER) != NULL) == arrives, "%s: the card", where);
	if (sender != &world->persons[0])
		cell(dialogue_count(hers, "<message ") == (strcmp(wanted, "asked") == 0),
			"%s: carol", where);
	free(sent);
	free(nothing);
	free(answer);
	free(hers);
	free(his);
}

/* Loop: groups. */
START_TEST(a_card_is_passed_on_as_share_and_visible_admit)
{
	struct world_rules rules = world_open_rules;
	struct world world;

	rules.has_groups = _i;
	world_init(&world, &rules);
	for (size_t s = 0; s < MATRIX_SHARES; s++) {
		int share = setting_value_by_name(SETTING_SHARE, matrix_shares[s].setting);

		ck_assert_int_ge(share, 0);
		world_set(&world, SETTING_SHARE, share);
		for (int c = 0; c < MATRIX_CIRCLES; c++) {
			if (((int)s * MATRIX_CIRCLES + c) % world_step() != 0)
				continue;
			world_set(&world, SETTING_VISIBLE, c);
			for (size_t i = 0; i < world.count; i++) {
				for (size_t r = 0; r < RECEIVERS; r++) {
					const struct world_person *to = receiver_of(&world, r);

					if (to != &world.persons[i])
						attempt(&world, &matrix_shares[s],
							&world.persons[i], to, c);
				}
				world_forget_matters(&world);
			}
		}
	}
	world_clear(&world);
	cells_end("share");
}
END_TEST

/* Who is searched for must be found, too. */
START_TEST(who_is_searched_for_is_passed_on_as_findable_admits)
{
	static const char *const hers[] = {"Carol Example", "carol@mail.example", HER_NUMBER};
	static const char *const nobodys[] = {"Nemo Nothing", "nemo@mail.example", "+447700902500"};
	struct world_rules rules = world_open_rules;
	struct world world;

	rules.has_groups = _i;
	world_init(&world, &rules);
	for (int v = 0; v < MATRIX_CIRCLES; v++) {
		for (int f = 0; f < MATRIX_CIRCLES; f++) {
			if ((v * MATRIX_CIRCLES + f) % world_step() != 0)
				continue;
			world_set(&world, SETTING_VISIBLE, v);
			world_set(&world, SETTING_FINDABLE, f);
			for (size_t i = 0; i < world.count; i++) {
				const struct world_person *person = &world.persons[i];
				size_t by = ((size_t)(v + f) + i) % 3;
				bool is_yes = world_expects(
					&world, person, person->relation->sees, v < f ? v : f);
				char *got = share(&world, person->jid, hers[by], CAROL);
				char *without = share(&world, person->jid, nobodys[by], CAROL);

				if (is_yes)
					cell(strstr(got, "Carol Example's card") != NULL,
						"share of %s by %s, visible = %s, findable = %s: "
						"yes",
						hers[by], person->jid, matrix_circles[v],
						matrix_circles[f]);
				else
					cell_alike(got = world_plain(got, person->jid, hers[by]),
						without = world_plain(
							without, person->jid, nobodys[by]),
						"share of %s by %s, visible = %s, findable = %s: "
						"no",
						hers[by], person->jid, matrix_circles[v],
						matrix_circles[f]);
				free(without);
				free(got);
			}
		}
	}
	world_clear(&world);
	cells_end("share by search");
}
END_TEST

/* Who isn't there to be passed on, whoever asks. */
START_TEST(nobody_who_is_absent_is_passed_on)
{
	struct world_rules rules = world_open_rules;
	struct world world;

	rules.has_groups = _i;
	world_init(&world, &rules);
	for (size_t i = 0; i < world.count; i++) {
		for (size_t a = 0; a < MATRIX_ABSENTS; a++) {
			const char *jid = matrix_absents[a].jid;
			char *got = share(&world, world.persons[i].jid, jid, "dave@example.org");
			char *wanted =
				share(&world, world.persons[i].jid, GHOST, "dave@example.org");

			cell_alike(got = world_plain(got, world.persons[i].jid, jid),
				wanted = world_plain(wanted, world.persons[i].jid, GHOST),
				"share of %s by %s", jid, world.persons[i].jid);
			free(got);
			free(wanted);
		}
	}
	world_clear(&world);
	cells_end("share of those who are absent");
}
END_TEST

/* ---- What a receiver blocks ---- */

static void block(struct world *world, const char *who, const char *whom)
{
	char *sent = world_say(world,
		"<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
		"<command xmlns='http://jabber.org/protocol/commands' node='settings'>"
		"<x xmlns='jabber:x:data' type='submit'>" MATRIX_FIELD(
			"blocked", "%s") "</x></command></iq>",
		who, whom);

	expect_has(sent, "The settings are stored.");
	free(sent);
}

static char *say_yes(struct world *world)
{
	return world_say(world, "<message type='chat' from='" CAROL "/r' to='kith.example.org' "
				"id='1'><body>yes</body></message>");
}

/* Loop: the senders carol, a chosen one; and what is set. */
START_TEST(a_block_by_the_receiver_is_not_seen_by_the_sender)
{
	static const char *const senders[] = {CAROL, "chosen@example.org"};
	const char *sender = senders[_i % 2], *receiver = "mutual@example.org";
	struct world_rules rules = world_open_rules;
	struct world world;
	char *before, *after, *one, *other;

	rules.share = _i / 2 ? SHARE_ASK : SHARE_YES;
	world_init(&world, &rules);
	before = share(&world, sender, CAROL, receiver);
	if (_i == 3) {
		free(say_yes(&world));
		world_forget_matters(&world);
	}
	block(&world, receiver, sender);
	after = share(&world, sender, CAROL, receiver);
	one = told(before, sender, receiver);
	other = told(after, sender, receiver);
	ck_assert_str_eq(one, other);
	if (_i == 3) {
		free(after);
		after = say_yes(&world);
		expect_has(after, "Your card went to");
	}
	expect_lacks(after, "to=\"mutual@example.org");
	expect_lacks(after, "<vcard");
	free(before);
	free(after);
	free(one);
	free(other);
	world_clear(&world);
}
END_TEST

static Suite *share_suite(void)
{
	Suite *suite = suite_create("matrix of share");
	TCase *tcase = tcase_create("design, 4: Rules, share");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_card_is_passed_on_as_share_and_visible_admit, 0, 2);
	tcase_add_loop_test(tcase, who_is_searched_for_is_passed_on_as_findable_admits, 0, 2);
	tcase_add_loop_test(tcase, nobody_who_is_absent_is_passed_on, 0, 2);
	tcase_add_loop_test(tcase, a_block_by_the_receiver_is_not_seen_by_the_sender, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return expect_all(share_suite());
}
