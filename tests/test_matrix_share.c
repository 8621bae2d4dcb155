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

/* ---- Introductions ---- */

static char *introduce(
	struct world *world, const char *sender, const char *first, const char *second)
{
	return world_say(world,
		"<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
		"<command xmlns='http://jabber.org/protocol/commands' node='introduce'>"
		"<x xmlns='jabber:x:data' type='submit'>" MATRIX_FIELD("first", "%s")
			MATRIX_FIELD("second", "%s") "</x></command></iq>",
		sender, first, second);
}

/* The note of what was sent. */
static char *note_of(const char *sent)
{
	const char *begin = strstr(sent, "<note type=");

	ck_assert_msg(begin != NULL, "%s", sent);
	begin = strchr(begin, '>') + 1;
	return strndup(begin, (size_t)(strstr(begin, "</note>") - begin));
}

/* Both ways by two shares, and by an introduction: what each of the three gets is the same. */
static void compare_introduction(struct world *world, const char *sender, const char *other)
{
	char *one = share(world, sender, CAROL, other), *back, *both, *notes[3], *wanted;
	const char *const all[] = {CAROL, other};

	world_forget_matters(world);
	back = share(world, sender, other, CAROL);
	world_forget_matters(world);
	both = introduce(world, sender, CAROL, other);
	world_forget_matters(world);
	notes[0] = note_of(one);
	notes[1] = note_of(back);
	notes[2] = note_of(both);
	ck_assert_int_ge(asprintf(&wanted, "%s\n%s", notes[0], notes[1]), 0);
	cell_alike(notes[2], wanted, "introduction of carol and %s, by %s: note", other, sender);
	for (size_t i = 0; i < 2; i++) {
		char *by_one = world_sent_to(one, all[i], false);
		char *by_back = world_sent_to(back, all[i], false);
		char *by_both = world_sent_to(both, all[i], false);

		if (strcmp(all[i], sender) != 0)
			cell(dialogue_count(by_both, "<message ") ==
						dialogue_count(by_one, "<message ") +
							dialogue_count(by_back, "<message ") &&
					dialogue_count(by_both, "<tel>") ==
						dialogue_count(by_one, "<tel>") +
							dialogue_count(by_back, "<tel>"),
				"introduction of carol and %s, by %s: what %s gets", other, sender,
				all[i]);
		free(by_one);
		free(by_back);
		free(by_both);
	}
	for (size_t i = 0; i < 3; i++)
		free(notes[i]);
	free(wanted);
	free(one);
	free(back);
	free(both);
}

/* Loop: groups. */
START_TEST(an_introduction_is_two_shares)
{
	struct world_rules rules = world_open_rules;
	struct world world;

	rules.has_groups = _i;
	world_init(&world, &rules);
	for (size_t s = 0; s < MATRIX_SHARES; s++) {
		world_set(&world, SETTING_SHARE,
			setting_value_by_name(SETTING_SHARE, matrix_shares[s].setting));
		for (int c = 0; c < MATRIX_CIRCLES; c++) {
			if (((int)s * MATRIX_CIRCLES + c) % world_step() != 0)
				continue;
			world_set(&world, SETTING_VISIBLE, c);
			for (size_t i = 0; i < world.count; i++) {
				const char *sender = world.persons[i].jid;

				/* Only where both are known to him by their address. */
				if (!world_may_know(&world, &world.persons[i], &world.persons[0]) ||
					!settings_serves(dialogue_settings(world.dialogue), sender))
					continue;
				compare_introduction(&world, sender, "dave@example.org");
				if (strcmp(sender, "known@example.org") != 0)
					compare_introduction(&world, sender, "known@example.org");
			}
		}
	}
	world_clear(&world);
	cells_end("introductions");
}
END_TEST

/* Who isn't there, or not for him who asks, is as one of whom nothing is known. */
START_TEST(nobody_who_is_not_there_is_introduced)
{
	struct world_rules rules = world_open_rules;
	struct world world;

	rules.has_groups = _i;
	rules.visible = CIRCLE_NOBODY;
	world_init(&world, &rules);
	for (size_t i = 1; i < world.count; i++) {
		const char *who = world.persons[i].jid;
		char *hers = introduce(&world, who, CAROL, "dave@example.org");
		char *ghosts = introduce(&world, who, GHOST, "dave@example.org");
		/* dave's card goes to an address, whoever has it; the sender is told of that. */
		char *got = told(hers, who, CAROL), *wanted = told(ghosts, who, GHOST);

		cell_alike(got, wanted, "introduction of carol by %s", who);
		free(hers);
		free(ghosts);
		free(got);
		free(wanted);
	}
	world_clear(&world);
	cells_end("introductions of who isn't there");
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
	tcase_add_loop_test(tcase, an_introduction_is_two_shares, 0, 2);
	tcase_add_loop_test(tcase, nobody_who_is_not_there_is_introduced, 0, 2);
	tcase_add_loop_test(tcase, a_block_by_the_receiver_is_not_seen_by_the_sender, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return expect_all(share_suite());
}
