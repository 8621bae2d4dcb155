/* Proposals that a contact be linked to carol, to each relation of hers, with each value of
 * `visible` and `findable`, against matrix_table.h (design: section 4, "Rules"). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/expect.h"
#include "tests/matrix_world.h"

#define TEL(number) "<tel><uri>tel:" number "</uri></tel>"
#define EMAIL(address) "<email><text>" address "</text></email>"

/* What carol has now, and the like of it that nobody has; and what she had. */
static const struct {
	const char *hers, *nobodys;
	bool is_former;
} cards[] = {
	{TEL("+447700900100"), TEL("+447700902500"), false},
	{EMAIL("carol@mail.example"), EMAIL("nemo@mail.example"), false},
	{TEL("+447700900000"), TEL("+447700902500"), true},
};
#define CARDS (sizeof(cards) / sizeof(*cards))

/* He has to be one whose cards follow, to be asked. */
static struct world_rules rules_with_groups(bool has_groups)
{
	struct world_rules rules = world_open_rules;

	rules.updates = UPDATES_AUTO;
	rules.has_groups = has_groups;
	return rules;
}

static void drop(struct world *world, const char *who, const char *item)
{
	free(world_say(world,
		"<iq type='set' from='%s/r' to='kith.example.org' id='1'>" MATRIX_PUBSUB(
			"<retract node='urn:xmpp:contacts'><item id='%s'/></retract>") "</iq>",
		who, item));
}

/* All that comes to everybody once they have such a contact, without a link, and it was looked at.
 */
static char *sweep(struct world *world, const char *properties)
{
	static int64_t now = 1600000000;
	char *sent;

	for (size_t i = 0; i < world->count; i++)
		free(world_say(world,
			"<iq type='set' from='%s/r' to='kith.example.org' id='1'>" MATRIX_PUBSUB(
				"<publish node='urn:xmpp:contacts'><item id='uid'><vcard "
				"xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Caz</text></fn>"
				"%s</vcard></item></publish>") "</iq>",
			world->persons[i].jid, properties));
	now += 60;
	dialogue_set_time(world->dialogue, now);
	sent = strdup(dialogue_sweep(world->dialogue));
	ck_assert_ptr_nonnull(sent);
	return sent;
}

/* What one is told, and what waits for him. */
static char *told(struct world *world, const char *sent, const char *who)
{
	char *his = world_sent_to(sent, who, false), *all;
	char *matters = world_say(world,
		"<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
		"<command xmlns='http://jabber.org/protocol/commands' node='matters'/></iq>",
		who);

	ck_assert_int_ge(asprintf(&all, "%s%s", his, matters), 0);
	free(his);
	free(matters);
	return world_plain(all, who, "nobody's");
}

/* To whom she is linked already, nothing is proposed; by what else than a card is he in a circle?
 */
static const char *sees_without_card(const struct world_person *person)
{
	static const char *const by_others[] = {"chosen", "mutual", "roster", "friend"};

	for (size_t i = 0; i < sizeof(by_others) / sizeof(*by_others); i++)
		if (strcmp(person->relation->name, by_others[i]) == 0)
			return person->relation->sees;
	return strcmp(person->relation->name, "self") == 0 ? "- - - - -" : "- - - - +";
}

static void compare(struct world *world, size_t card, int circle, const char *where)
{
	char *sent = sweep(world, cards[card].hers), *got[MATRIX_RELATIONS * MATRIX_PLACES];

	for (size_t i = 0; i < world->count; i++)
		got[i] = told(world, sent, world->persons[i].jid);
	free(sent);
	sent = sweep(world, cards[card].nobodys);
	for (size_t i = 0; i < world->count; i++) {
		const struct world_person *person = &world->persons[i];
		bool is_yes = !cards[card].is_former &&
			      world_expects(world, person, sees_without_card(person), circle);

		if (is_yes) {
			cell(dialogue_count(got[i], "<message ") == 1 &&
					dialogue_count(
						got[i], "carol@example.org (Carol Example)") == 2,
				"%s, to %s: yes", where, person->jid);
		} else {
			char *wanted = told(world, sent, person->jid);

			cell_alike(got[i], wanted, "%s, to %s: no", where, person->jid);
			free(wanted);
		}
		free(got[i]);
	}
	free(sent);
}

/* Loop: groups. */
START_TEST(she_is_proposed_to_whom_findable_and_visible_admit)
{
	struct world_rules rules = rules_with_groups(_i);
	struct world world;
	size_t card = 0;

	world_init(&world, &rules);
	dialogue_settings(world.dialogue)->limits.push_per_holder = 100000;
	for (size_t i = 0; i < world.count; i++)
		drop(&world, world.persons[i].jid, CAROL);
	for (int v = 0; v < MATRIX_CIRCLES; v++) {
		for (int f = 0; f < MATRIX_CIRCLES; f++) {
			char where[80];

			card = (card + 1) % CARDS;
			if ((v * MATRIX_CIRCLES + f) % world_step() != 0)
				continue;
			snprintf(where, sizeof(where), "card %zu, visible = %s, findable = %s",
				card, matrix_circles[v], matrix_circles[f]);
			world_set(&world, SETTING_VISIBLE, v);
			world_set(&world, SETTING_FINDABLE, f);
			compare(&world, card, v < f ? v : f, where);
		}
	}
	world_clear(&world);
	cells_end("proposals");
}
END_TEST

/* Who has a card of hers is linked, or was: he is proposed nothing. */
START_TEST(she_is_not_proposed_to_who_has_her_card)
{
	struct world_rules rules = rules_with_groups(false);
	struct world world;
	char *sent;

	world_init(&world, &rules);
	sent = sweep(&world, cards[0].hers);
	for (size_t i = 0; i < world.count; i++) {
		const struct world_person *person = &world.persons[i];
		char *his = world_sent_to(sent, person->jid, false);
		bool is_yes =
			!person->relation->card &&
			world_expects(&world, person, person->relation->sees, CIRCLE_EVERYONE);

		cell(dialogue_count(his, "<message ") == is_yes, "with a card of hers: %s",
			person->jid);
		free(his);
	}
	free(sent);
	world_clear(&world);
	cells_end("proposals to holders");
}
END_TEST

static Suite *link_suite(void)
{
	Suite *suite = suite_create("matrix of proposals");
	TCase *tcase = tcase_create("design, 4: Rules, findable");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, she_is_proposed_to_whom_findable_and_visible_admit, 0, 2);
	tcase_add_test(tcase, she_is_not_proposed_to_who_has_her_card);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return expect_all(link_suite());
}
