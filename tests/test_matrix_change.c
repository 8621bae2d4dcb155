/* Rules where a card changes: linking, catching up, confirming, a run over all links, and what was
 * proposed, by each relation to carol and each value of her settings and the holders', against
 * matrix_table.h (design: section 4). Where it is no, the holder sees what he saw, and hears what
 * he would hear if carol weren't there. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "tests/expect.h"
#include "tests/matrix_world.h"
#include "tests/numbers.h"

#define NUMBER_A "+447700900000"
#define NUMBER_B "+447700900100"

/* As they are shown. */
#define SHOWN_C "+44 7700 900200"
#define SHOWN_D "+44 7700 900300"

#define COMMAND_FROM(node, fields)                                                                 \
	"<iq type='set' from='%s/r' to='kith.example.org' id='1'>"                                 \
	"<command xmlns='http://jabber.org/protocol/commands' node='" node "'>"                    \
	"<x xmlns='jabber:x:data' type='submit'>" fields "</x></command></iq>"

/* The card of a text, in words of numbers.h; "" if there is none. To be freed. */
static char *numbers_in(const char *text)
{
	const char *begin = strstr(text, "<vcard"), *end = begin ? strstr(begin, "</vcard>") : NULL;
	struct arena *arena;
	struct vcard *card;
	char *words;

	if (!end)
		return strdup("");
	arena = arena_new(0);
	card = vcard_from_xml_text(arena, begin, (size_t)(end - begin) + strlen("</vcard>"), NULL);
	ck_assert_msg(card != NULL, "%s", text);
	words = strdup(numbers_of(arena, card));
	arena_free(arena);
	return words;
}

/* What holder has about somebody in his book. */
static char *look_up(struct world *world, const char *holder, const char *about)
{
	return world_say(world,
		"<iq type='get' from='%s/r' to='kith.example.org' id='1'>" MATRIX_PUBSUB(
			"<items node='urn:xmpp:contacts'><item id='%s'/></items>") "</iq>",
		holder, about);
}

/* ---- Linking ---- */

typedef char *linking(struct world *world, const struct world_person *person, const char *about);

static char *by_publishing(
	struct world *world, const struct world_person *person, const char *about)
{
	return world_say(world,
		"<iq type='set' from='%s/r' to='kith.example.org' id='1'>" MATRIX_PUBSUB(
			"<publish node='urn:xmpp:contacts'><item id='%s'>"
			"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Somebody</text>"
			"</fn><tel><uri>tel:" NUMBER_A
			"</uri></tel></vcard></item></publish>") "</iq>",
		person->jid, about);
}

static char *by_the_form(struct world *world, const struct world_person *person, const char *about)
{
	return world_say(world,
		COMMAND_FROM("contacts",
			MATRIX_FIELD("do", "save") MATRIX_FIELD("%s", "%s")
				MATRIX_FIELD("name", "Somebody") MATRIX_FIELD("cell", NUMBER_A)),
		person->jid, person->relation->card ? "item" : "address", about);
}

static void link_all(struct world *world, const char *way, linking *link)
{
	int circle = world->rules.visible;

	for (size_t i = 0; i < world->count; i++) {
		const struct world_person *person = &world->persons[i];
		bool is_yes = world_expects(world, person, person->relation->links, circle);
		char *got = link(world, person, CAROL);
		char *wanted = link(world, person, NOBODY);
		char *numbers = numbers_in(got);

		if (is_yes)
			cell(strcmp(numbers, "B") == 0 && !strstr(got, NUMBER_A),
				"linking %s by %s, visible = %s: yes, but has %s", way, person->jid,
				matrix_circles[circle], numbers);
		else
			cell_alike(got = world_plain(got, person->jid, CAROL),
				wanted = world_plain(wanted, person->jid, NOBODY),
				"linking %s by %s, visible = %s: no", way, person->jid,
				matrix_circles[circle]);
		free(numbers);
		free(wanted);
		free(got);
	}
}

/* Loop: groups, and the way. */
START_TEST(a_card_that_is_written_comes_up_to_date_for_whom_visible_admits)
{
	for (int circle = 0; circle < MATRIX_CIRCLES; circle++) {
		struct world_rules rules = world_open_rules;
		struct world world;

		rules.visible = circle;
		rules.has_groups = _i % 2;
		rules.updates = UPDATES_AUTO;
		world_init(&world, &rules);
		if (_i < 2)
			link_all(&world, "by publishing", by_publishing);
		else
			link_all(&world, "by the form", by_the_form);
		world_clear(&world);
	}
	cells_end("linking");
}
END_TEST

/* ---- Catching up ---- */

static char *want_updates(struct world *world, const struct world_person *person)
{
	return world_say(
		world, COMMAND_FROM("settings", MATRIX_FIELD("updates", "auto")), person->jid);
}

/* Said once more, there is nothing left to catch up with. */
static void catch_up(struct world *world, const struct world_person *person)
{
	int circle = world->rules.visible;
	const char *card = person->relation->card;
	bool is_yes = card && strcmp(card, "A") == 0 &&
		      strcmp(person->relation->name, "dormant") != 0 &&
		      world_expects(world, person, person->relation->sees, circle);
	char *got = want_updates(world, person);
	char *again = want_updates(world, person);
	char *numbers = numbers_in(got);

	if (is_yes)
		cell(strcmp(numbers, "B") == 0, "catching up by %s, visible = %s: yes", person->jid,
			matrix_circles[circle]);
	else
		cell_alike(got = world_plain(got, person->jid, CAROL),
			again = world_plain(again, person->jid, CAROL),
			"catching up by %s, visible = %s: no", person->jid, matrix_circles[circle]);
	free(numbers);
	free(again);
	free(got);
}

/* Loop: groups. */
START_TEST(a_book_catches_up_with_whom_visible_admits)
{
	for (int circle = 0; circle < MATRIX_CIRCLES; circle++) {
		struct world_rules rules = world_open_rules;
		struct world world;

		rules.visible = circle;
		rules.has_groups = _i;
		world_init(&world, &rules);
		for (size_t i = 0; i < world.count; i++)
			catch_up(&world, &world.persons[i]);
		world_clear(&world);
	}
	cells_end("catching up");
}
END_TEST

/* ---- Confirming that it is the same person ---- */

/* From then on he is linked to carol as if he wrote the card now. Who isn't served any more can't
 * confirm. */
static void confirm(struct world *world, const struct world_person *person)
{
	int circle = world->rules.visible;
	bool is_yes = world_expects(world, person, person->relation->sees, circle);
	char *before = look_up(world, person->jid, CAROL);
	char *got = world_say(world,
		COMMAND_FROM("confirm", MATRIX_FIELD("item", CAROL) MATRIX_FIELD("same", "yes")),
		person->jid);
	char *numbers = numbers_in(got), *after = look_up(world, person->jid, CAROL);
	const char *wanted = is_yes ? "B" : strstr(got, "forbidden") ? "" : "A";

	cell(strcmp(numbers, wanted) == 0, "confirming by %s, visible = %s: %s, but has %s",
		person->jid, matrix_circles[circle], is_yes ? "yes" : "no", numbers);
	if (!is_yes)
		cell_alike(after, before, "after confirming by %s, visible = %s: no", person->jid,
			matrix_circles[circle]);
	free(before);
	free(after);
	free(got);
	free(numbers);
}

/* Loop: groups. */
START_TEST(a_dormant_link_comes_up_to_date_for_whom_visible_admits)
{
	for (int circle = 0; circle < MATRIX_CIRCLES; circle++) {
		struct world_rules rules = world_open_rules;
		struct world world;

		rules.visible = circle;
		rules.has_groups = _i;
		rules.updates = UPDATES_AUTO;
		world_init(&world, &rules);
		for (size_t i = 0; i < world.count; i++)
			if (strcmp(world.persons[i].relation->name, "dormant") == 0)
				confirm(&world, &world.persons[i]);
		world_clear(&world);
	}
	cells_end("confirming");
}
END_TEST

/* ---- A run ---- */

/* carol's number B becomes C, and D is new: what all others get of it. */
static char *change(struct world *world)
{
	char *sent = world_say(world,
		"<iq type='set' from='" CAROL "/r' to='kith.example.org' id='1'>" MATRIX_PUBSUB(
			"<publish node='urn:xmpp:vcard4'><item id='" CAROL "'>"
			"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
			"<fn><text>Carol Example</text></fn>"
			"<tel><parameters><type><text>cell</text></type></parameters>"
			"<uri>tel:+447700900200</uri></tel>"
			"<tel><parameters><type><text>cell</text></type></parameters>"
			"<uri>tel:+447700900300</uri></tel>"
			"<tel><parameters><type><text>home</text></type></parameters>"
			"<uri>tel:+442079460010</uri></tel>"
			"<tel><uri>tel:+442079460020</uri></tel></vcard></item></publish>") "</"
											    "iq>");
	char *rest = world_sent_to(sent, CAROL, true);

	expect_has(sent, "type=\"result\"");
	ck_assert_str_eq(rest, "");
	free(rest);
	free(sent);
	return strdup(dialogue_run(world->dialogue));
}

static char *matters(struct world *world, const char *who)
{
	return world_say(world,
		"<iq type='set' from='%s/r' to='kith.example.org' id='1'><command "
		"xmlns='http://jabber.org/protocol/commands' node='matters'/></iq>",
		who);
}

struct heard {
	unsigned headlines, chats;
	bool is_offered;
};

/* What somebody hears of a change that reaches him, as his own settings have it. Who has no card
 * is offered one, but if he wants no updates, or no words of them. */
static struct heard heard_of(const struct world_rules *rules, bool has_card)
{
	bool words = rules->pushes == PUSHES_ON;

	switch ((enum updates)rules->updates) {
	case UPDATES_AUTO:
		return (struct heard){has_card, words, !has_card && words};
	case UPDATES_ASK:
		return (struct heard){0, words, words};
	case UPDATES_NEVER:
		break;
	}
	return (struct heard){0, 0, false};
}

static void check_holder(struct world *world, const struct world_person *person, bool is_yes,
	const char *sent, const char *before, const char *where)
{
	static const struct heard silence = {0, 0, false};
	bool has_card = person->relation->card != NULL;
	struct heard wanted = is_yes ? heard_of(&world->rules, has_card) : silence;
	char *his = world_sent_to(sent, person->jid, false);
	char *after = look_up(world, person->jid, CAROL), *numbers = numbers_in(after);

	if (wanted.headlines + wanted.chats == 0)
		cell_alike(his, "", "%s: silence", where);
	cell(dialogue_count(his, "type=\"headline\"") == wanted.headlines, "%s: headlines", where);
	cell(dialogue_count(his, "type=\"chat\"") == wanted.chats, "%s: pushes", where);
	cell((strstr(his, "id=\"yes/") != NULL) == wanted.is_offered, "%s: an offer", where);
	if (is_yes && has_card && world->rules.updates == UPDATES_AUTO)
		cell(strcmp(numbers, person->relation->becomes) == 0, "%s: the card has %s", where,
			numbers);
	else
		cell_alike(after, before, "%s: the card", where);
	if (has_card && world->rules.updates == UPDATES_ASK) {
		char *list = matters(world, person->jid);

		cell((expect_find(list, SHOWN_C) || expect_find(list, SHOWN_D)) == is_yes, "%s: what waits",
			where);
		free(list);
	}
	free(numbers);
	free(after);
	free(his);
}

static void check_change(const struct world_rules *rules)
{
	int circle = rules->visible < rules->audience ? rules->visible : rules->audience;
	char *before[MATRIX_RELATIONS * MATRIX_PLACES], *sent, where[256];
	struct world world;

	world_init(&world, rules);
	for (size_t i = 0; i < world.count; i++)
		before[i] = look_up(&world, world.persons[i].jid, CAROL);
	sent = change(&world);
	for (size_t i = 0; i < world.count; i++) {
		const struct world_person *person = &world.persons[i];
		bool is_yes = person->relation->becomes &&
			      world_expects(&world, person, person->relation->follows, circle);

		snprintf(where, sizeof(where),
			"a change, to %s, visible = %s, audience = %s, updates = %s, pushes = %s: "
			"%s",
			person->jid, matrix_circles[rules->visible],
			matrix_circles[rules->audience],
			setting_value_name(SETTING_UPDATES, rules->updates),
			setting_value_name(SETTING_PUSHES, rules->pushes), is_yes ? "yes" : "no");
		check_holder(&world, person, is_yes, sent, before[i], where);
		free(before[i]);
	}
	free(sent);
	world_clear(&world);
}

/* Loop: all values of updates and pushes; groups in every other world. */
START_TEST(a_change_comes_to_whom_audience_and_visible_admit)
{
	struct world_rules rules = world_open_rules;

	rules.updates = _i % 3;
	rules.pushes = _i / 3;
	for (int i = 0; i < MATRIX_CIRCLES * MATRIX_CIRCLES; i += world_step()) {
		rules.visible = i % MATRIX_CIRCLES;
		rules.audience = i / MATRIX_CIRCLES;
		rules.has_groups = (i + _i) % 2;
		check_change(&rules);
	}
	cells_end("a change");
}
END_TEST

/* ---- What was proposed, and may not come any more ---- */

static char *act(struct world *world, const char *who, const char *token)
{
	char *sent = world_say(world,
		"<message type='chat' from='%s/r' to='kith.example.org' id='1'><action-selected "
		"xmlns='urn:xmpp:tmp:quick-response' id='yes/%s'/></message>",
		who, token);

	return world_plain(sent, who, CAROL);
}

static char *open_link(struct world *world, const char *who, const char *token)
{
	char *sent = world_say(world,
		"<iq type='set' from='%s/r' to='kith.example.org' id='1'><command "
		"xmlns='http://jabber.org/protocol/commands' node='matters/%s'/></iq>",
		who, token);

	return world_plain(sent, who, CAROL);
}

static char *say_yes(struct world *world, const char *who)
{
	char *sent = world_say(world,
		"<message type='chat' from='%s/r' to='kith.example.org' id='1'><body>yes</body>"
		"</message>",
		who);

	return world_plain(sent, who, CAROL);
}

/* By each way to answer, it is as if it had never been proposed. */
static void check_gone(struct world *world, const char *who, const char *token, const char *where)
{
	static const char none[] = "0123456789abcdef0123456789abcdef";
	char *got, *wanted;

	cell_alike(got = open_link(world, who, token), wanted = open_link(world, who, none),
		"%s: its link", where);
	free(got);
	free(wanted);
	got = matters(world, who);
	cell(strstr(got, "Nothing waits for an answer of yours.") != NULL, "%s: the list", where);
	free(got);
	got = say_yes(world, who);
	cell(strstr(got, "Nothing waits for an answer of yours.") != NULL, "%s: words", where);
	free(got);
	cell_alike(got = act(world, who, token), wanted = act(world, who, none), "%s: its action",
		where);
	free(got);
	free(wanted);
}

static void answer(struct world *world, const struct world_person *person, bool is_yes,
	const char *token, const char *where)
{
	char *before = look_up(world, person->jid, CAROL), *after, *got;

	if (is_yes) {
		got = act(world, person->jid, token);
		cell(strstr(got, "Your card is changed.") != NULL, "%s: %s", where, got);
		free(got);
	} else {
		check_gone(world, person->jid, token, where);
	}
	after = look_up(world, person->jid, CAROL);
	cell((strcmp(before, after) != 0) == is_yes, "%s: the card", where);
	free(before);
	free(after);
}

/* Loop: by audience, by visible. */
START_TEST(what_was_proposed_goes_when_the_rules_narrow)
{
	enum setting setting = _i ? SETTING_VISIBLE : SETTING_AUDIENCE;

	for (int circle = 0; circle < MATRIX_CIRCLES; circle++) {
		struct world_rules rules = world_open_rules;
		struct world world;
		char *sent;

		rules.updates = UPDATES_ASK;
		rules.has_groups = circle % 2;
		world_init(&world, &rules);
		sent = change(&world);
		world_set(&world, setting, circle);
		for (size_t i = 0; i < world.count; i++) {
			const struct world_person *person = &world.persons[i];
			bool is_yes =
				world_expects(&world, person, person->relation->follows, circle);
			char *his = world_sent_to(sent, person->jid, false), *token, where[256];

			if (person->relation->card && strstr(his, "id=\"yes/")) {
				token = expect_between(his, "id=\"yes/", "\"");
				snprintf(where, sizeof(where),
					"what was proposed to %s, now %s = %s: %s", person->jid,
					setting_name(setting), matrix_circles[circle],
					is_yes ? "yes" : "no");
				answer(&world, person, is_yes, token, where);
				free(token);
			}
			free(his);
		}
		free(sent);
		world_clear(&world);
	}
	cells_end("what was proposed");
}
END_TEST

static Suite *change_suite(void)
{
	Suite *suite = suite_create("matrix of changes");
	TCase *tcase = tcase_create("design, 4: A number changes");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(
		tcase, a_card_that_is_written_comes_up_to_date_for_whom_visible_admits, 0, 4);
	tcase_add_loop_test(tcase, a_book_catches_up_with_whom_visible_admits, 0, 2);
	tcase_add_loop_test(tcase, a_dormant_link_comes_up_to_date_for_whom_visible_admits, 0, 2);
	tcase_add_loop_test(tcase, a_change_comes_to_whom_audience_and_visible_admit, 0, 6);
	tcase_add_loop_test(tcase, what_was_proposed_goes_when_the_rules_narrow, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return expect_all(change_suite());
}
