/* Rules by all ways in that ask: each relation to carol, each value of her settings, against
 * matrix_table.h; and each refusal byte for byte against the answer for a JID of which nothing is
 * known (design: principle 7, and section 4, "Rules"). What comes of changes: test_matrix_change.c.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/feature.h"
#include "tests/expect.h"
#include "tests/matrix_world.h"

static struct world_rules rules_with_groups(bool has_groups)
{
	struct world_rules rules = world_open_rules;

	rules.has_groups = has_groups;
	return rules;
}

/* ---- The table has everything ---- */

START_TEST(each_setting_and_each_of_its_values_is_in_the_table)
{
	for (int s = 0; s < SETTING_COUNT; s++) {
		const char *name = setting_name((enum setting)s);
		char values[256] = "";
		size_t row = 0;

		for (size_t i = 0; setting_word((enum setting)s, i); i++) {
			strcat(values, i > 0 ? " " : "");
			strcat(values, setting_word((enum setting)s, i));
		}
		while (row < MATRIX_SETTINGS && strcmp(matrix_settings[row].name, name) != 0)
			row++;
		ck_assert_msg(row < MATRIX_SETTINGS, "the table has no setting %s", name);
		ck_assert_str_eq(matrix_settings[row].values, values);
	}
	for (int c = 0; c < MATRIX_CIRCLES; c++)
		ck_assert_str_eq(matrix_circles[c], setting_value_name(SETTING_VISIBLE, c));
}
END_TEST

/* The door that a request uses: "get NAMESPACE NAME", or "command NODE". */
static void door_of(struct arena *arena, const char *request, char *door, size_t size)
{
	const struct xml *stanza =
		xml_parse(arena, request, strlen(request), NS_COMPONENT, &xml_limits_stanza, NULL);
	const struct xml *payload;

	ck_assert_msg(stanza != NULL, "%s", request);
	payload = stanza->first;
	if (!xml_is(stanza, NS_COMPONENT, "iq"))
		snprintf(door, size, "%s", stanza->name);
	else if (xml_is(payload, NS_COMMANDS, "command"))
		snprintf(door, size, "command %s", xml_get(payload, "node"));
	else
		snprintf(door, size, "%s %s %s", xml_get(stanza, "type"), payload->ns,
			payload->name);
}

static bool is_door_among(
	struct arena *arena, const char *door, const char *const *requests, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char its[256];

		door_of(arena, requests[i], its, sizeof(its));
		if (strcmp(its, door) == 0)
			return true;
	}
	return false;
}

static void expect_door(const char *door)
{
	struct arena *arena = arena_new(0);
	bool is_there = is_door_among(arena, door, matrix_alike, MATRIX_ALIKE) ||
			is_door_among(arena, door, matrix_admins, MATRIX_ADMINS);

	for (size_t i = 0; i < MATRIX_RULED; i++)
		is_there |= strcmp(matrix_ruled[i].door, door) == 0;
	arena_free(arena);
	ck_assert_msg(is_there, "the table has nothing that asks by this way in: %s", door);
}

/* Who adds a way in has to say here what comes out by it, and to whom. */
START_TEST(each_way_in_is_in_the_table)
{
	char door[256];

	for (const struct feature *const *feature = features_all; *feature; feature++) {
		for (const struct feature_row *row = (*feature)->rows; row && row->ns; row++) {
			if (strcmp(row->ns, NS_COMMANDS) == 0)
				continue; /* below, one by one */
			if (row->get) {
				snprintf(door, sizeof(door), "get %s %s", row->ns, row->name);
				expect_door(door);
			}
			if (row->set) {
				snprintf(door, sizeof(door), "set %s %s", row->ns, row->name);
				expect_door(door);
			}
		}
	}
}
END_TEST

START_TEST(each_command_is_in_the_table)
{
	struct world_rules rules = rules_with_groups(false);
	struct world world;
	struct arena *arena = arena_new(0);
	const struct xml *items;
	size_t count = 0;
	char *sent;

	world_init(&world, &rules);
	sent = world_say(&world,
		"<iq type='get' from='admin@example.org/r' to='kith.example.org' id='1'>"
		"<query xmlns='" NS_DISCO_ITEMS "' node='" NS_COMMANDS "'/></iq>");
	items = xml_parse(arena, sent, strlen(sent), NS_COMPONENT, &xml_limits_stanza, NULL);
	items = xml_child(items, NS_DISCO_ITEMS, "query");
	for (const struct xml *item = xml_child(items, NULL, "item"); item;
		item = xml_next(item, NULL, "item")) {
		char door[256];

		snprintf(door, sizeof(door), "command %s", xml_get(item, "node"));
		expect_door(door);
		count++;
	}
	ck_assert_uint_ge(count, 10);
	free(sent);
	arena_free(arena);
	world_clear(&world);
}
END_TEST

/* ---- visible: her profile, by id (XEP-0060, 6.5) ---- */

static char *read_profile(struct world *world, const char *asker, const char *about)
{
	return world_plain(
		world_say(world,
			"<iq type='get' from='%s/r' to='kith.example.org' id='1'>" MATRIX_PUBSUB(
				"<items node='urn:xmpp:vcard4'><item id='%s'/></items>") "</iq>",
			asker, about),
		asker, about);
}

/* One of several that are asked for. */
static char *read_several(struct world *world, const char *asker, const char *about)
{
	return world_plain(
		world_say(world,
			"<iq type='get' from='%s/r' to='kith.example.org' id='1'>" MATRIX_PUBSUB(
				"<items node='urn:xmpp:vcard4'><item id='hidden@example.org'/>"
				"<item id='%s'/><item id='dave@example.org'/></items>") "</iq>",
			asker, about),
		asker, about);
}

typedef char *asking(struct world *world, const char *asker, const char *about);

/* Where the table says yes, it is what carol gets herself. */
static void compare_with(struct world *world, const char *way, asking *ask, const char *nothing)
{
	char *hers = ask(world, CAROL, CAROL);

	for (size_t i = 0; i < world->count; i += (size_t)world_step()) {
		const struct world_person *person = &world->persons[i];

		for (int c = 0; c < MATRIX_CIRCLES; c++) {
			bool is_yes = world_expects(world, person, person->relation->sees, c);
			char *got, *wanted;

			world_set(world, SETTING_VISIBLE, c);
			got = ask(world, person->jid, CAROL);
			wanted = is_yes ? strdup(hers) : ask(world, person->jid, nothing);
			cell_alike(got, wanted, "%s by %s, visible = %s: %s", way, person->jid,
				matrix_circles[c], is_yes ? "yes" : "no");
			free(got);
			free(wanted);
		}
		for (size_t a = 0; a < MATRIX_ABSENTS; a++) {
			const char *jid = matrix_absents[a].jid;
			char *got = ask(world, person->jid, jid), ghost[64], *wanted;

			snprintf(ghost, sizeof(ghost), "ghost%s", strchr(jid, '@'));
			wanted = ask(world, person->jid, ghost);
			cell_alike(got, wanted, "%s by %s of %s: %s", way, person->jid, jid,
				matrix_absents[a].why);
			free(got);
			free(wanted);
		}
	}
	free(hers);
}

START_TEST(a_profile_is_read_by_whom_visible_admits)
{
	struct world_rules rules = rules_with_groups(_i);
	struct world world;

	world_init(&world, &rules);
	compare_with(&world, "reading", read_profile, GHOST);
	compare_with(&world, "reading several", read_several, GHOST);
	world_clear(&world);
	cells_end("reading");
}
END_TEST

/* ---- visible: the numbers on her vCard, from the server (XEP-0355, 4.3) ---- */

static char *forward(struct world *world, const char *ns, const char *payload, const char *asker,
	const char *about)
{
	return world_plain(
		world_say(world,
			"<iq type='set' from='example.org' to='kith.example.org' id='1'>"
			"<delegation xmlns='%s'><forwarded xmlns='urn:xmpp:forward:0'>"
			"<iq xmlns='jabber:client' type='get' from='%s/r' to='%s' id='2'>%s</iq>"
			"</forwarded></delegation></iq>",
			ns, asker, about, payload),
		asker, about);
}

static const struct {
	const char *ns, *payload;
} delegated[] = {
	{"urn:xmpp:delegation:1", "<vCard xmlns='vcard-temp'/>"},
	{"urn:xmpp:delegation:2", "<vCard xmlns='vcard-temp'/>"},
	{"urn:xmpp:delegation:1", "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>"},
	{"urn:xmpp:delegation:2", "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>"},
};
static size_t delegated_row; /* for the function below */

static char *ask_server(struct world *world, const char *asker, const char *about)
{
	return forward(
		world, delegated[delegated_row].ns, delegated[delegated_row].payload, asker, about);
}

/* The rest of a vCard is everybody's: nothing there is a card on which no number ever was. */
START_TEST(the_numbers_on_a_vcard_are_for_whom_visible_admits)
{
	struct world_rules rules = rules_with_groups(_i % 2);
	struct world world;
	char *hers;

	delegated_row = (size_t)_i / 2;
	world_init(&world, &rules);
	hers = ask_server(&world, CAROL, CAROL);
	ck_assert_msg(strstr(hers, "7700900100") && strstr(hers, "carol@mail.example"), "%s", hers);
	free(hers);
	compare_with(&world, delegated[delegated_row].payload, ask_server, PLAIN);
	world_clear(&world);
	cells_end("delegated");
}
END_TEST

/* ---- findable: search (XEP-0055, XEP-0059) ---- */

#define SEARCH(content) "<query xmlns='jabber:iq:search'>" content "</query>"
#define SEARCH_FORM(fields, page)                                                                  \
	SEARCH("<x xmlns='jabber:x:data' type='submit'>" MATRIX_FIELD(                             \
		"FORM_TYPE", "jabber:iq:search") fields "</x>" page)
#define PAGE(content) "<set xmlns='http://jabber.org/protocol/rsm'>" content "</set>"

/* carol's name is one of several that begin so; what would come without her. */
static const struct {
	const char *hers, *without;
} searches[] = {
	{SEARCH_FORM(MATRIX_FIELD("x-name", "Carol Example"), ""),
		SEARCH_FORM(MATRIX_FIELD("x-name", "Nemo Nothing"), "")},
	{SEARCH_FORM(MATRIX_FIELD("email", "carol@mail.example"), ""),
		SEARCH_FORM(MATRIX_FIELD("email", "nemo@mail.example"), "")},
	{SEARCH_FORM(MATRIX_FIELD("x-phone", "+44 7700 900100"), ""),
		SEARCH_FORM(MATRIX_FIELD("x-phone", "+44 7700 902500"), "")},
	{SEARCH_FORM(
		 MATRIX_FIELD("x-name", "carol") MATRIX_FIELD("x-phone", "+44 7700 900100"), ""),
		SEARCH_FORM(MATRIX_FIELD("x-name", "carol")
				    MATRIX_FIELD("x-phone", "+44 7700 902500"),
			"")},
	{SEARCH("<nick>Carol</nick><last>Example</last>"),
		SEARCH("<nick>Nemo</nick><last>Nothing</last>")},
	{SEARCH("<email>carol@mail.example</email>"), SEARCH("<email>nemo@mail.example</email>")},
	/* among others */
	{SEARCH_FORM(MATRIX_FIELD("x-name", "zulu"), ""),
		SEARCH_FORM(MATRIX_FIELD("x-name", "yankee"), "")},
	{SEARCH_FORM(MATRIX_FIELD("x-name", "zulu"), PAGE("<max>0</max>")),
		SEARCH_FORM(MATRIX_FIELD("x-name", "yankee"), PAGE("<max>0</max>"))},
	{SEARCH_FORM(MATRIX_FIELD("x-name", "zulu"), PAGE("<max>1</max>")),
		SEARCH_FORM(MATRIX_FIELD("x-name", "yankee"), PAGE("<max>1</max>"))},
	{SEARCH_FORM(MATRIX_FIELD("x-name", "zulu"), PAGE("<max>2</max><before/>")),
		SEARCH_FORM(MATRIX_FIELD("x-name", "yankee"), PAGE("<max>2</max><before/>"))},
	{SEARCH_FORM(MATRIX_FIELD("x-name", "zulu"), PAGE("<max>1</max><index>0</index>")),
		SEARCH_FORM(
			MATRIX_FIELD("x-name", "yankee"), PAGE("<max>1</max><index>0</index>"))},
	{SEARCH_FORM(MATRIX_FIELD("x-name", "zulu"),
		 PAGE("<max>1</max><after>carol@example.org</after>")),
		SEARCH_FORM(MATRIX_FIELD("x-name", "yankee"),
			PAGE("<max>1</max><after>carol@example.org</after>"))},
};
#define SEARCHES (sizeof(searches) / sizeof(*searches))

static char *search(struct world *world, const char *asker, const char *query)
{
	return world_plain(
		world_say(world, "<iq type='set' from='%s/r' to='kith.example.org' id='1'>%s</iq>",
			asker, query),
		asker, CAROL);
}

START_TEST(search_finds_her_for_whom_findable_and_visible_admit)
{
	struct world_rules rules = rules_with_groups(_i);
	struct world world;
	char *hers[SEARCHES];
	int step = world_step();

	world_init(&world, &rules);
	for (size_t s = 0; s < SEARCHES; s++) {
		hers[s] = search(&world, CAROL, searches[s].hers);
		ck_assert_msg(strstr(hers[s], "JID") || strstr(hers[s], "<count>3"), "%s", hers[s]);
	}
	for (int v = 0; v < MATRIX_CIRCLES; v++) {
		for (int f = 0; f < MATRIX_CIRCLES; f++) {
			if ((v * MATRIX_CIRCLES + f) % step != 0)
				continue;
			world_set(&world, SETTING_VISIBLE, v);
			world_set(&world, SETTING_FINDABLE, f);
			for (size_t i = 0; i < world.count; i++) {
				const struct world_person *person = &world.persons[i];
				bool is_yes = world_expects(
					&world, person, person->relation->sees, v < f ? v : f);
				/* Each search in some configuration, each configuration by three.
				 */
				size_t first = ((size_t)(v * MATRIX_CIRCLES + f) + i) % 4;

				for (size_t s = first; s < SEARCHES; s += 4) {
					char *got = search(&world, person->jid, searches[s].hers);
					char *wanted = is_yes ? strdup(hers[s])
							      : search(&world, person->jid,
									searches[s].without);

					cell_alike(got, wanted,
						"search %zu by %s, visible = %s, findable = %s: %s",
						s, person->jid, matrix_circles[v],
						matrix_circles[f], is_yes ? "yes" : "no");
					free(got);
					free(wanted);
				}
			}
		}
	}
	for (size_t s = 0; s < SEARCHES; s++)
		free(hers[s]);
	world_clear(&world);
	cells_end("search");
}
END_TEST

/* A number that she gave up finds her for nobody, not even herself. */
START_TEST(a_former_number_finds_nobody)
{
	static const char former[] = SEARCH_FORM(MATRIX_FIELD("x-phone", "+44 7700 900000"), "");
	static const char none[] = SEARCH_FORM(MATRIX_FIELD("x-phone", "+44 7700 902500"), "");
	struct world_rules rules = rules_with_groups(false);
	struct world world;

	world_init(&world, &rules);
	for (size_t i = 0; i < world.count; i++) {
		char *got = search(&world, world.persons[i].jid, former);
		char *wanted = search(&world, world.persons[i].jid, none);

		cell_alike(got, wanted, "a former number, by %s", world.persons[i].jid);
		free(got);
		free(wanted);
	}
	world_clear(&world);
	cells_end("former numbers");
}
END_TEST

/* ---- What is alike, whomever it is about ---- */

/* Whom a request is about. */
struct about {
	const char *jid, *local, *name, *email, *number;
	char token[64], archive[64];
};

static const struct about hers = {
	CAROL, "carol", "Carol Example", "carol@mail.example", "900100", "", ""};
static const struct about nobodys = {NOBODY, "nobody", "Nemo Nobody", "nemo@mail.example", "902500",
	"0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef01234567"};

static char *fill(const char *request, const char *asker, const struct about *about)
{
	char code[8];
	const struct {
		const char *word, *value;
	} words[] = {{"ASKER", asker}, {"JID", about->jid}, {"LOCAL", about->local},
		{"NAME", about->name}, {"EMAIL", about->email}, {"NUMBER", about->number},
		{"TOKEN", about->token}, {"CODE", code}, {"ARCHIVE", about->archive}};
	char *text = strdup(request);

	snprintf(code, sizeof(code), "%.4s", about->token);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		char *filled = world_with(text, words[i].word, words[i].value);

		free(text);
		text = filled;
	}
	return text;
}

/* What comes, to whomever it goes; about whom is as if the same. */
static char *say_filled(
	struct world *world, const char *request, const char *asker, const struct about *about)
{
	char *text = fill(request, asker, about), *answer = world_say(world, "%s", text);
	char *without_name = world_with(answer, about->name, "NAME");
	char *same = world_plain(without_name, asker, about->jid);
	char *rest = world_with(same, about->local, "LOCAL");

	free(same);
	free(answer);
	free(text);
	return rest;
}

/* Asks for carol's card, so that a matter waits for her, and something is in her archive. */
static void know_secrets(struct world *world, struct about *carol)
{
	char *sent, *secret;

	world_set(world, SETTING_SHARE, SHARE_ASK);
	sent = world_say(world,
		"<iq type='set' from='mutual@example.org/r' to='kith.example.org' id='1'>"
		"<command xmlns='" NS_COMMANDS "' node='share'><x xmlns='jabber:x:data' "
		"type='submit'>" MATRIX_FIELD("subject", CAROL)
			MATRIX_FIELD("to", "dave@example.org") "</x></command></iq>");
	secret = expect_between(sent, "id=\"yes/", "\"");
	snprintf(carol->token, sizeof(carol->token), "%s", secret);
	free(secret);
	free(sent);
	sent = world_say(world, "<iq type='get' from='" CAROL "/r' to='kith.example.org' id='1'>"
				"<metadata xmlns='urn:xmpp:mam:2' node='urn:xmpp:contacts'/></iq>");
	secret = expect_between(sent, "<start id=\"", "\"");
	snprintf(carol->archive, sizeof(carol->archive), "%s", secret);
	free(secret);
	free(sent);
}

/* The answers with carol closed to all, by person and request. */
static char **closed;

static void compare_alike(struct world *world, const char *const *requests, size_t count,
	const struct about *carol, const struct about *nobody, bool with_admins)
{
	for (size_t i = 0; i < world->count; i += (size_t)world_step()) {
		const char *asker = world->persons[i].jid;
		bool is_admin = strcmp(world->persons[i].relation->name, "admin") == 0;

		if (strcmp(asker, CAROL) == 0 || (is_admin && !with_admins))
			continue;
		for (size_t r = 0; r < count; r++) {
			char **before = &closed[i * count + r];
			char *got = say_filled(world, requests[r], asker, carol);
			char *wanted = say_filled(world, requests[r], asker, nobody);
			bool is_about =
				strstr(requests[r], "JID") || strstr(requests[r], "LOCAL") ||
				strstr(requests[r], "NAME") || strstr(requests[r], "EMAIL") ||
				strstr(requests[r], "TOKEN") || strstr(requests[r], "ARCHIVE");

			if (is_about)
				cell_alike(got, wanted, "%s, by %s", requests[r], asker);
			if (*before)
				cell_alike(got, *before, "%s, by %s: carol opens up", requests[r],
					asker);
			free(wanted);
			free(*before);
			*before = got;
		}
	}
}

static void compare_all_alike(
	const char *const *requests, size_t count, bool with_admins, bool has_groups)
{
	static const int circles[] = {CIRCLE_NOBODY, CIRCLE_EVERYONE};
	struct about carol = hers;
	struct world_rules rules = rules_with_groups(has_groups);
	struct world world;

	world_init(&world, &rules);
	know_secrets(&world, &carol);
	closed = calloc(world.count * count, sizeof(*closed));
	for (size_t c = 0; c < 2; c++) {
		world_set(&world, SETTING_VISIBLE, circles[c]);
		compare_alike(&world, requests, count, &carol, &nobodys, with_admins);
	}
	for (size_t i = 0; i < world.count * count; i++)
		free(closed[i]);
	free(closed);
	world_clear(&world);
}

/* Who has nothing himself sees what he would see if nobody used the service at all. */
START_TEST(to_a_stranger_the_service_is_as_if_it_were_empty)
{
	static const char *const strangers[] = {"stranger@example.org",
		"stranger.blocked@example.org", "stranger@other.example",
		"stranger@elsewhere.example"};
	struct about carol = hers;
	struct world_rules rules = rules_with_groups(_i);
	struct world world, empty;

	world_init(&world, &rules);
	world_init_empty(&empty, &rules);
	know_secrets(&world, &carol);
	world_set(&world, SETTING_VISIBLE, CIRCLE_NOBODY);
	for (size_t s = 0; s < sizeof(strangers) / sizeof(*strangers); s++) {
		for (size_t r = 0; r < MATRIX_ALIKE; r++) {
			char *got = say_filled(&world, matrix_alike[r], strangers[s], &carol);
			char *wanted = say_filled(&empty, matrix_alike[r], strangers[s], &carol);

			cell_alike(got, wanted, "%s, by %s, in an empty world", matrix_alike[r],
				strangers[s]);
			free(got);
			free(wanted);
		}
	}
	world_clear(&world);
	world_clear(&empty);
	cells_end("as if empty");
}
END_TEST

START_TEST(all_else_is_alike_about_anybody)
{
	compare_all_alike(matrix_alike, MATRIX_ALIKE, true, _i);
	cells_end("alike");
}
END_TEST

START_TEST(what_is_for_admins_is_alike_to_all_others)
{
	compare_all_alike(matrix_admins, MATRIX_ADMINS, false, _i);
	cells_end("for admins");
}
END_TEST

/* ---- Rates ---- */

static char *pass_on(struct world *world, const char *asker, const char *about)
{
	return world_plain(
		world_say(world,
			"<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
			"<command xmlns='" NS_COMMANDS "' node='share'>"
			"<x xmlns='jabber:x:data' type='submit'>" MATRIX_FIELD("subject", "%s")
				MATRIX_FIELD("to", "dave@example.org") "</x></command></iq>",
			asker, about),
		asker, about);
}

/* What is refused takes of a rate what nothing there takes: else who counts how often he may ask
 * could tell them apart. Loop: the ways that are rationed. */
START_TEST(what_is_refused_is_rationed_like_nothing_there)
{
	static asking *const ways[] = {read_profile, read_several, ask_server, pass_on};
	struct world_rules rules = rules_with_groups(false);
	const char *nothing = ways[_i] == ask_server ? PLAIN : GHOST;
	struct world worlds[2];
	bool ran_out = false;

	delegated_row = 0;
	for (int w = 0; w < 2; w++) {
		world_init(&worlds[w], &rules);
		world_set(&worlds[w], SETTING_VISIBLE, CIRCLE_NOBODY);
		world_set_rates(&worlds[w], 6);
	}
	for (int i = 0; i < 8; i++) {
		char *got = ways[_i](&worlds[0], "known@example.org", CAROL);
		char *wanted = ways[_i](&worlds[1], "known@example.org", nothing);

		ran_out |= strstr(wanted, "resource-constraint") != NULL;
		cell_alike(got, wanted, "way %d, the %dth time", _i, i + 1);
		free(got);
		free(wanted);
	}
	ck_assert(ran_out);
	world_clear(&worlds[0]);
	world_clear(&worlds[1]);
	cells_end("rationed");
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static Suite *matrix_suite(void)
{
	Suite *suite = suite_create("matrix");
	TCase *tcase = add_case(suite, "the table");

	tcase_add_test(tcase, each_setting_and_each_of_its_values_is_in_the_table);
	tcase_add_test(tcase, each_way_in_is_in_the_table);
	tcase_add_test(tcase, each_command_is_in_the_table);
	tcase = add_case(suite, "design, 4: Rules, visible");
	tcase_add_loop_test(tcase, a_profile_is_read_by_whom_visible_admits, 0, 2);
	tcase_add_loop_test(tcase, the_numbers_on_a_vcard_are_for_whom_visible_admits, 0,
		2 * (int)(sizeof(delegated) / sizeof(*delegated)));
	tcase = add_case(suite, "design, 4: Rules, findable");
	tcase_add_loop_test(tcase, search_finds_her_for_whom_findable_and_visible_admit, 0, 2);
	tcase_add_test(tcase, a_former_number_finds_nobody);
	tcase = add_case(suite, "design, 1: 7, a refusal looks like absence");
	tcase_add_loop_test(tcase, to_a_stranger_the_service_is_as_if_it_were_empty, 0, 2);
	tcase_add_loop_test(tcase, all_else_is_alike_about_anybody, 0, 2);
	tcase_add_loop_test(tcase, what_is_for_admins_is_alike_to_all_others, 0, 2);
	tcase_add_loop_test(tcase, what_is_refused_is_rationed_like_nothing_there, 0, 4);
	return suite;
}

int main(void)
{
	return expect_all(matrix_suite());
}
