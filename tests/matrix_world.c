/* The world of the matrix of rules: see matrix_world.h. */
#include "tests/matrix_world.h"

#include <check.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/book.h"
#include "component/feature.h"
#include "component/profile.h"
#include "component/settings_read.h"
#include "tests/numbers.h"

const struct world_rules world_open_rules = {
	.visible = CIRCLE_EVERYONE,
	.audience = CIRCLE_EVERYONE,
	.findable = CIRCLE_EVERYONE,
	.share = SHARE_YES,
	.updates = UPDATES_NEVER,
	.pushes = PUSHES_ON,
};

/* ---- Making it ---- */

/* What is done to the store itself, all in one turn. */
struct maker {
	struct world *world;
	struct store *store;
	struct arena *arena;
	const struct rules *rules;
	int64_t now;
};

static struct store_account account(struct maker *maker, const char *jid)
{
	struct store_account row;

	ck_assert_int_eq(store_account_get(maker->store, maker->arena, jid, &row), STORE_OK);
	ck_assert_int_eq(store_account_open(maker->store, row.id, maker->now), STORE_OK);
	ck_assert_int_eq(store_account_find(maker->store, maker->arena, jid, &row), STORE_OK);
	return row;
}

static struct vcard *card_of(struct arena *arena, const char *name, const char *numbers)
{
	struct vcard *card = numbers_card(arena, numbers);

	vcard_set_text(card, vcard_first(card, "FN"), "text", name);
	return card;
}

/* With a label that a program of Apple's gives a number, in a group with it. */
static void add_labelled(struct vcard *card, const char *name)
{
	struct vcard_property *tel =
		vcard_add(card, NULL, "TEL", "uri", number_uri(card->arena, name));
	struct vcard_property *label = vcard_add(card, tel, "X-ABLABEL", "text", "boat");

	tel->group = label->group = "item1";
}

static void publish(struct maker *maker, const char *jid, struct vcard *card)
{
	struct store_account owner = account(maker, jid);
	const char *why = NULL;

	ck_assert_int_eq(profile_publish(maker->rules, maker->arena, &owner, card,
				 PROFILE_FROM_KITH, maker->now, &why),
		PROFILE_OK);
}

static struct vcard *carols(struct maker *maker, const char *numbers)
{
	struct vcard *card = card_of(maker->arena, "Carol Example", numbers);

	vcard_add(card, NULL, "NICKNAME", "text", "Zulu");
	vcard_add(card, NULL, "EMAIL", "text", "carol@mail.example");
	return card;
}

static void publish_carol(struct maker *maker, const char *numbers)
{
	struct vcard *card = carols(maker, numbers);

	add_labelled(card, "c");
	publish(maker, CAROL, card);
}

static void set(struct maker *maker, const char *jid, enum setting setting, int value)
{
	ck_assert_int_eq(
		store_setting_put(maker->store, account(maker, jid).id, setting, value), STORE_OK);
}

/* For everybody to see and find. */
static void open_up(struct maker *maker, const char *jid)
{
	set(maker, jid, SETTING_VISIBLE, CIRCLE_EVERYONE);
	set(maker, jid, SETTING_AUDIENCE, CIRCLE_EVERYONE);
	set(maker, jid, SETTING_FINDABLE, CIRCLE_EVERYONE);
	set(maker, jid, SETTING_SHARE, SHARE_YES);
}

static void publish_other(
	struct maker *maker, const char *jid, const char *name, const char *numbers)
{
	struct vcard *card = card_of(maker->arena, name, numbers);

	vcard_add(card, NULL, "NICKNAME", "text", "Zulu Yankee");
	publish(maker, jid, card);
	open_up(maker, jid);
}

static void contact(struct maker *maker, const char *holder, const char *about, const char *name,
	const char *numbers)
{
	struct store_account owner = account(maker, holder);
	struct store_contact stored;
	const char *why = NULL;

	ck_assert_int_eq(book_publish(maker->rules, maker->arena, &owner, about,
				 card_of(maker->arena, name, numbers), maker->now, &stored, &why),
		BOOK_OK);
}

/* The same card of carol and of nobody. */
static void hold(struct maker *maker, const char *holder, const char *numbers)
{
	contact(maker, holder, CAROL, "Carol Example", numbers);
	contact(maker, holder, NOBODY, "Nemo Nobody", numbers);
}

static void erase(struct maker *maker, const char *jid)
{
	ck_assert_int_eq(
		store_account_erase(maker->store, account(maker, jid).id, maker->now), STORE_OK);
}

typedef void visitor(struct maker *maker, const char *jid);

/* For each of that relation, wherever he is. */
static void each(struct maker *maker, const char *relation, visitor *visit)
{
	for (size_t i = 0; i < maker->world->count; i++)
		if (strcmp(maker->world->persons[i].relation->name, relation) == 0)
			visit(maker, maker->world->persons[i].jid);
}

static void hold_a(struct maker *maker, const char *jid)
{
	hold(maker, jid, "A");
}

static void hold_b(struct maker *maker, const char *jid)
{
	hold(maker, jid, "B");
}

static void hold_x(struct maker *maker, const char *jid)
{
	hold(maker, jid, "X");
}

static void add_to_her_book(struct maker *maker, const char *jid)
{
	contact(maker, CAROL, jid, "A Friend", "Y");
}

/* Lists and rosters are written as wholes. */
static const char *chosen[16], *blocked[32];
static int64_t roster[16];
static size_t chosen_count, blocked_count, roster_count;

static void choose(struct maker *maker, const char *jid)
{
	(void)maker;
	chosen[chosen_count++] = jid;
}

static void subscribe(struct maker *maker, const char *jid)
{
	roster[roster_count++] = account(maker, jid).id;
}

static void put_lists(struct maker *maker)
{
	int64_t carol = account(maker, CAROL).id;

	ck_assert_int_eq(store_listed_put(maker->store, carol, LISTED_CHOSEN, chosen, chosen_count),
		STORE_OK);
	ck_assert_int_eq(
		store_listed_put(maker->store, carol, LISTED_BLOCKED, blocked, blocked_count),
		STORE_OK);
	ck_assert_int_eq(store_roster_put(maker->store, maker->arena, carol, roster, roster_count),
		STORE_OK);
}

/* Before carol's number is what it is now. */
static void make_past(struct maker *maker)
{
	struct store_account hidden;

	chosen_count = blocked_count = roster_count = 0;
	/* A carol who ended, with the number that the present one will have. */
	publish_carol(maker, "A");
	each(maker, "dormant", hold_a);
	erase(maker, CAROL);
	publish_carol(maker, "A b");
	each(maker, "known", hold_a);
	/* Who ends, and uses it again. */
	each(maker, "reborn", hold_a);
	each(maker, "reborn", add_to_her_book);
	each(maker, "reborn", choose);
	each(maker, "reborn", subscribe);
	put_lists(maker);
	each(maker, "reborn", erase);
	chosen_count = roster_count = 0;

	publish_other(maker, "hidden@example.org", "Carol Example", "B");
	hidden = account(maker, "hidden@example.org");
	ck_assert_int_eq(
		profile_retract(maker->rules, maker->arena, &hidden, maker->now), PROFILE_OK);
	account(maker, "empty@example.org");
	open_up(maker, "empty@example.org");
	publish_other(maker, "ended@example.org", "Carol Example", "B");
	erase(maker, "ended@example.org");
	publish_other(maker, "dave@example.org", "Dave Other", "V");
	publish_other(maker, "eve@example.org", "Eve Other", "W");
	publish(maker, PLAIN, carols(maker, ""));
}

static void make_present(struct maker *maker)
{
	struct world *world = maker->world;

	publish_carol(maker, "B b");
	each(maker, "self", hold_a);
	each(maker, "chosen", hold_x);
	each(maker, "mutual", hold_x);
	each(maker, "roster", hold_x);
	each(maker, "now", hold_b);
	each(maker, "late", hold_a);
	each(maker, "onesided", hold_x);
	each(maker, "reborn", hold_x);
	each(maker, "chosen", choose);
	each(maker, "mutual", add_to_her_book);
	each(maker, "roster", subscribe);
	each(maker, "friend", subscribe);
	for (size_t i = 0; i < world->count; i++) {
		account(maker, world->persons[i].jid);
		if (strcmp(world->persons[i].place->name, "blocked") == 0)
			blocked[blocked_count++] = world->persons[i].jid;
	}
	put_lists(maker);
	set(maker, CAROL, SETTING_VISIBLE, world->rules.visible);
	set(maker, CAROL, SETTING_AUDIENCE, world->rules.audience);
	set(maker, CAROL, SETTING_FINDABLE, world->rules.findable);
	set(maker, CAROL, SETTING_SHARE, world->rules.share);
}

static void name_persons(struct world *world)
{
	for (size_t p = 0; p < MATRIX_PLACES; p++) {
		for (size_t r = 0; r < MATRIX_RELATIONS; r++) {
			struct world_person *person = &world->persons[world->count];

			person->relation = &matrix_relations[r];
			person->place = &matrix_places[p];
			if (strcmp(person->relation->name, "self") == 0) {
				if (p > 0)
					continue;
				strcpy(person->jid, CAROL);
			} else {
				snprintf(person->jid, sizeof(person->jid), "%s%s@%s",
					person->relation->name, person->place->suffix,
					person->place->domain);
			}
			world->count++;
		}
	}
}

/* While the past is made all are served and of one group, so that all that can be said for an
 * outsider was so once. */
static void serve_all(struct settings *settings)
{
	for (size_t p = 0; p < MATRIX_PLACES; p++)
		if (strcmp(matrix_places[p].domain, "example.org") != 0)
			ck_assert_int_eq(
				settings_list_add(&settings->domains, matrix_places[p].domain), 0);
	for (int s = SETTING_VISIBLE; s <= SETTING_FINDABLE; s++)
		settings->defaults[s] = CIRCLE_NOBODY;
	settings->defaults[SETTING_UPDATES] = UPDATES_AUTO;
}

void world_set_rates(struct world *world, unsigned rate)
{
	for (int r = 0; r < RATE_COUNT; r++)
		dialogue_settings(world->dialogue)->limits.rates[r] =
			(struct settings_rate){rate, 0};
}

static void add_member(struct settings_group *group, const char *member)
{
	ck_assert_int_eq(settings_list_add(&group->members, member), 0);
}

static void make_groups(const struct world *world, struct settings *settings)
{
	struct settings_group *group = settings_group_add(settings, "hers");

	add_member(group, "example.org");
	for (size_t i = 0; i < world->count; i++)
		if (strcmp(world->persons[i].place->name, "both groups") == 0)
			add_member(group, world->persons[i].jid);
	group = settings_group_add(settings, "others");
	add_member(group, "other.example");
	for (size_t i = 0; i < world->count; i++)
		if (strcmp(world->persons[i].place->name, "both groups") == 0)
			add_member(group, world->persons[i].jid);
	ck_assert_int_eq(settings_groups_finish(settings), 0);
}

/* As it is from now on. */
static void serve(const struct world *world, struct settings *settings)
{
	for (char **domain = settings->domains + 2; *domain; domain++) {
		free(*domain); /* all but example.org and other.example */
		*domain = NULL;
	}
	for (size_t i = 0; i < world->count; i++)
		if (strcmp(world->persons[i].relation->name, "admin") == 0)
			ck_assert_int_eq(
				settings_list_add(&settings->admins, world->persons[i].jid), 0);
	if (world->rules.has_groups)
		make_groups(world, settings);
	settings->defaults[SETTING_UPDATES] = world->rules.updates;
	settings->defaults[SETTING_PUSHES] = world->rules.pushes;
}

void world_init(struct world *world, const struct world_rules *rules)
{
	struct maker maker = {.world = world, .now = 1600000000, .arena = arena_new(0)};
	struct settings *settings;

	*world = (struct world){.rules = *rules, .dialogue = dialogue_new()};
	settings = dialogue_settings(world->dialogue);
	world_set_rates(world, 0);
	maker.store = dialogue_store(world->dialogue);
	maker.rules = &dialogue_service(world->dialogue)->rules;
	name_persons(world);
	serve_all(settings);
	ck_assert_int_eq(store_turn_begin(maker.store), STORE_OK);
	make_past(&maker);
	make_present(&maker);
	ck_assert_int_eq(store_turn_commit(maker.store), STORE_OK);
	arena_free(maker.arena);
	/* What was changed so far is through: it went to nobody. */
	settings->defaults[SETTING_UPDATES] = UPDATES_NEVER;
	ck_assert_str_eq(dialogue_run(world->dialogue), "");
	serve(world, settings);
}

void world_init_empty(struct world *world, const struct world_rules *rules)
{
	*world = (struct world){.rules = *rules, .dialogue = dialogue_new()};
	world_set_rates(world, 0);
	name_persons(world);
	serve_all(dialogue_settings(world->dialogue));
	serve(world, dialogue_settings(world->dialogue));
}

void world_clear(struct world *world)
{
	dialogue_free(world->dialogue);
}

static struct maker begin(struct world *world)
{
	struct maker maker = {.world = world,
		.store = dialogue_store(world->dialogue),
		.arena = dialogue_arena(world->dialogue),
		.now = 1600000000};

	ck_assert_int_eq(store_turn_begin(maker.store), STORE_OK);
	return maker;
}

void world_set(struct world *world, enum setting setting, int value)
{
	struct maker maker = begin(world);

	set(&maker, CAROL, setting, value);
	ck_assert_int_eq(store_turn_commit(maker.store), STORE_OK);
}

void world_forget_matters(struct world *world)
{
	struct maker maker = begin(world);

	ck_assert_int_eq(
		store_matter_clear(maker.store, account(&maker, CAROL).id, MATTER_SHARE), STORE_OK);
	ck_assert_int_eq(store_turn_commit(maker.store), STORE_OK);
}

/* ---- What the table says ---- */

bool world_expects(const struct world *world, const struct world_person *person,
	const char *letters, int circle)
{
	return matrix_is(person->place->is_within, world->rules.has_groups) &&
	       matrix_is(letters, (unsigned)circle);
}

bool world_may_know(
	const struct world *world, const struct world_person *one, const struct world_person *other)
{
	return strpbrk(one->place->groups[world->rules.has_groups],
		       other->place->groups[world->rules.has_groups]) != NULL;
}

/* ---- Saying, and what comes of it ---- */

char *world_say(struct world *world, const char *format, ...)
{
	char *text, *sent;
	va_list args;

	va_start(args, format);
	ck_assert_int_ge(vasprintf(&text, format, args), 0);
	va_end(args);
	sent = strdup(dialogue_say_all(world->dialogue, text));
	free(text);
	ck_assert_ptr_nonnull(sent);
	return sent;
}

/* The text of out, which is emptied; to be freed. */
static char *take(struct buffer *out)
{
	char *text = strdup(buffer_string(out));

	ck_assert_ptr_nonnull(text);
	buffer_clear(out);
	return text;
}

char *world_sent_to(const char *sent, const char *jid, bool is_others)
{
	struct arena *arena = arena_new(0);
	const char *wrapped = arena_printf(arena, "<all>%s</all>", sent);
	struct xml *all = xml_parse(arena, wrapped, strlen(wrapped), NS_COMPONENT,
		&(struct xml_limits){64u << 20, 64, 1u << 20, 64}, NULL);
	size_t len = strlen(jid);
	struct buffer out;

	ck_assert_ptr_nonnull(all);
	buffer_init(&out, 0);
	for (const struct xml *stanza = all->first; stanza; stanza = stanza->next) {
		const char *to = xml_get(stanza, "to");
		bool is_his =
			to && strncmp(to, jid, len) == 0 && (to[len] == '\0' || to[len] == '/');

		if (is_his != is_others)
			xml_write(&out, stanza, NS_COMPONENT);
	}
	arena_free(arena);
	return take(&out);
}

char *world_with(const char *text, const char *from, const char *to)
{
	struct buffer out;
	const char *found;

	buffer_init(&out, 0);
	for (; (found = strstr(text, from)); text = found + strlen(from)) {
		buffer_append(&out, text, (size_t)(found - text));
		buffer_puts(&out, to);
	}
	buffer_puts(&out, text);
	return take(&out);
}

static size_t hex_len(const char *text)
{
	return strspn(text, "0123456789abcdef");
}

char *world_without_ids(const char *text)
{
	static const char seconds[] = " seconds=\"";
	struct buffer out;

	buffer_init(&out, 0);
	while (*text) {
		size_t len = hex_len(text);

		if (len >= 32) {
			buffer_putc(&out, '#');
			text += len;
		} else if (strncmp(text, seconds, strlen(seconds)) == 0) {
			buffer_puts(&out, seconds);
			text += strlen(seconds);
			text += strspn(text, "0123456789");
		} else if (len > 0) {
			buffer_append(&out, text, len);
			text += len;
		} else {
			buffer_putc(&out, *text++);
		}
	}
	return take(&out);
}

char *world_plain(char *answer, const char *asker, const char *about)
{
	char to[96], *without_asker, *without_about, *text;

	snprintf(to, sizeof(to), "to=\"%s/r\"", asker);
	without_asker = world_with(answer, to, "to=\"ASKER/r\"");
	without_about = world_with(without_asker, about, "JID");
	text = world_without_ids(without_about);
	free(without_about);
	free(without_asker);
	free(answer);
	return text;
}

/* ---- Cells ---- */

#define SHOWN_MAX 6 /* failed cells that are shown */

static size_t tried, failed;
static struct buffer shown;

/* text from shortly before where it ceases to be like other. */
static void show(const char *what, const char *text, const char *other)
{
	size_t same = 0;

	while (text[same] && text[same] == other[same])
		same++;
	same -= same < 100 ? same : 100;
	buffer_printf(&shown, "\n    %s %s%.400s", what, same > 0 ? "..." : "", text + same);
}

static void note(const char *format, va_list args, const char *got, const char *wanted)
{
	char *where;

	if (failed++ >= SHOWN_MAX)
		return;
	ck_assert_int_ge(vasprintf(&where, format, args), 0);
	buffer_printf(&shown, "\n%s", where);
	if (got) {
		show("got   ", got, wanted);
		show("wanted", wanted, got);
	}
	free(where);
}

void cell(bool is_right, const char *format, ...)
{
	va_list args;

	tried++;
	va_start(args, format);
	if (!is_right)
		note(format, args, NULL, NULL);
	va_end(args);
}

void cell_alike(const char *got, const char *wanted, const char *format, ...)
{
	va_list args;

	tried++;
	va_start(args, format);
	if (strcmp(got, wanted) != 0)
		note(format, args, got, wanted);
	va_end(args);
}

void cells_end(const char *name)
{
	size_t wrong = failed;
	char *text;

	printf("matrix: %s: %zu cells%s\n", name, tried,
		world_step() > 1 ? ", not all of them" : "");
	fflush(stdout);
	tried = failed = 0;
	if (wrong == 0)
		return;
	text = take(&shown);
	printf("%s\n", text); /* longer than what check takes */
	fflush(stdout);
	free(text);
	ck_abort_msg("%zu cells are not as the table has them: see above", wrong);
}

int world_step(void)
{
	const char *text = getenv("KITH_MATRIX_STEP");
	int step = text ? atoi(text) : 1;

	return step > 0 ? step : 1;
}
