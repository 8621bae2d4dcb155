/* Rules by chance: profiles, books, lists, settings, rosters, groups and ends of accounts come in
 * any order, and what each can read, find and pass on of the others is what a plain model says that
 * was written from the design (section 4, "Rules") and shares no code with component/. Each refusal
 * is the answer for nobody, byte for byte. KITH_SEED=N repeats what a failure named. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "component/settings_read.h"
#include "component/store.h"
#include "tests/chance.h"
#include "tests/expect.h"
#include "tests/matrix_world.h"

#define ROUNDS 12
#define OPERATIONS 300
#define ASKED 3 /* after each operation */

#define PEOPLE 8
#define NUMBERS 8 /* A to H; sets of them are bits */

static const char *const jids[PEOPLE] = {"p0@example.org", "p1@example.org", "p2@example.org",
	"p3@example.org", "p4@other.example", "p5@other.example", "p6@both.example",
	"p7@elsewhere.example"};

/* ---- The model ---- */

struct link {
	bool exists;
	int life;  /* of whom it is about, when it was made */
	int since; /* version at which its card began to carry what it is known by */
	unsigned numbers;
};

struct person {
	int life; /* counts up when the account ends */
	bool has_profile, is_hidden;
	int version;
	unsigned current, ever; /* numbers */
	int visible, findable, share;
	bool chosen[PEOPLE], blocked[PEOPLE];
	bool roster[PEOPLE];
	struct link book[PEOPLE];
};

static struct person people[PEOPLE];
static bool has_groups;

static bool is_served(int p)
{
	return p < 6 || (p == 6 && has_groups);
}

/* "everyone (of my groups)"; an account in several groups knows all of them. */
static bool may_know(int one, int other)
{
	static const char *const groups[PEOPLE] = {"g", "g", "g", "g", "o", "o", "go", ""};

	if (!has_groups)
		return one < 6 && other < 6;
	return strpbrk(groups[one], groups[other]) != NULL;
}

/* "linked before the change, by a card that then carried one of my numbers, current or former" */
static bool is_known(int owner, int other)
{
	const struct person *o = &people[owner];
	const struct link *link = &people[other].book[owner];

	if (!link->exists || link->life != o->life)
		return false;
	return (link->numbers & (link->since < o->version ? o->ever : o->current)) != 0;
}

/* "in my own book, or roster-subscribed both ways" */
static bool is_mutual(int owner, int other)
{
	const struct link *link = &people[owner].book[other];

	return (link->exists && link->life == people[other].life) || people[owner].roster[other];
}

static bool is_within(int owner, int other, int circle)
{
	const struct person *o = &people[owner];

	if (owner == other)
		return true;
	if (circle == CIRCLE_NOBODY || !may_know(owner, other) || o->blocked[other])
		return false;
	return circle == CIRCLE_EVERYONE || o->chosen[other] ||
	       (circle >= CIRCLE_MUTUAL && is_mutual(owner, other)) ||
	       (circle >= CIRCLE_KNOWN && is_known(owner, other));
}

/* visible is the ceiling. */
static bool sees(int owner, int other, int circle)
{
	const struct person *o = &people[owner];

	return o->has_profile && !o->is_hidden && is_served(other) &&
	       is_within(owner, other, o->visible < circle ? o->visible : circle);
}

/* What a sender is told of the subject's card for a receiver. */
static const char *is_told(int subject, int sender, int receiver)
{
	const struct person *s = &people[subject];

	if (!sees(subject, sender, CIRCLE_EVERYONE) || !may_know(sender, receiver) ||
		!may_know(subject, receiver) || s->share == SHARE_NO)
		return "nobody";
	return s->share == SHARE_YES || subject == sender ? "sent" : "asked";
}

static void model_publish(int p, unsigned numbers)
{
	struct person *o = &people[p];

	if (!o->has_profile || o->current != numbers)
		o->version++;
	o->has_profile = true;
	o->is_hidden = false;
	o->current = numbers;
	o->ever |= numbers;
}

/* Who was known stays so as long as the card carries any of the numbers; the same numbers written
 * again change nothing. */
static void model_store(int holder, int about, unsigned numbers)
{
	const struct person *o = &people[about];
	struct link *link = &people[holder].book[about];
	bool stays =
		link->numbers == numbers || (is_known(about, holder) && (numbers & o->ever) != 0);

	if (!link->exists)
		*link = (struct link){.exists = true, .life = o->life, .since = o->version};
	else if (link->life == o->life && !stays)
		link->since = o->version;
	link->numbers = numbers;
}

static void model_end(int p)
{
	int life = people[p].life;

	people[p] = (struct person){.life = life + 1,
		.visible = CIRCLE_KNOWN,
		.findable = CIRCLE_NOBODY,
		.share = SHARE_ASK};
	for (int other = 0; other < PEOPLE; other++) {
		people[other].chosen[p] = false;
		people[other].roster[p] = false;
	}
}

/* ---- The service ---- */

static struct world world; /* of which only the dialogue is used */
static uint64_t round_seed;
static int operation;

#define HERE "KITH_SEED=%llu, operation %d: "
#define AT (unsigned long long)round_seed, operation

static const char *card_of(int about, unsigned numbers)
{
	static char text[1024];
	size_t len = (size_t)snprintf(text, sizeof(text),
		"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Name%d</text></fn>",
		about);

	for (int n = 0; n < NUMBERS; n++)
		if (numbers & 1u << n)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
				"<tel><parameters><type><text>cell</text></type></parameters>"
				"<uri>tel:+4477009%05d</uri></tel>",
				n * 100);
	snprintf(text + len, sizeof(text) - len, "</vcard>");
	return text;
}

/* True if it was done; else it was refused as for who isn't served. */
static bool is_done(int who, const char *content)
{
	char *sent =
		world_say(&world, "<iq type='set' from='%s/r' to='kith.example.org' id='1'>%s</iq>",
			jids[who], content);
	bool done = strstr(sent, "type=\"result\"") != NULL;

	ck_assert_msg(
		done == is_served(who) || strstr(sent, "item-not-found"), HERE "%s", AT, sent);
	free(sent);
	return done;
}

static bool publish(int who, const char *node, const char *item, const char *card)
{
	char text[2048];

	snprintf(text, sizeof(text),
		MATRIX_PUBSUB("<publish node='%s'><item id='%s'>%s</item></publish>"), node, item,
		card);
	return is_done(who, text);
}

static bool retract(int who, const char *node, const char *item)
{
	char text[512];

	snprintf(text, sizeof(text), MATRIX_PUBSUB("<retract node='%s'><item id='%s'/></retract>"),
		node, item);
	return is_done(who, text);
}

static bool submit(int who, const char *node, const char *fields)
{
	char text[2048];

	snprintf(text, sizeof(text),
		"<command xmlns='http://jabber.org/protocol/commands' node='%s'>"
		"<x xmlns='jabber:x:data' type='submit'>%s</x></command>",
		node, fields);
	return is_done(who, text);
}

/* A field of a set of people. */
static void add_list(char *fields, size_t size, const char *name, const bool list[PEOPLE])
{
	size_t len = strlen(fields);

	len += (size_t)snprintf(fields + len, size - len, "<field var='%s'>", name);
	for (int p = 0; p < PEOPLE; p++)
		if (list[p])
			len += (size_t)snprintf(
				fields + len, size - len, "<value>%s</value>", jids[p]);
	snprintf(fields + len, size - len, "</field>");
}

/* ---- Operations ---- */

static void do_profile(int p)
{
	unsigned numbers = below(8) == 0 ? 0 : 1u << below(NUMBERS) | 1u << below(NUMBERS);

	if (publish(p, "urn:xmpp:vcard4", jids[p], card_of(p, numbers)))
		model_publish(p, numbers);
}

static void do_hide(int p)
{
	if (retract(p, "urn:xmpp:vcard4", jids[p]))
		people[p].is_hidden = true;
}

static void do_contact(int holder, int about)
{
	unsigned numbers = 1u << below(NUMBERS) | 1u << below(NUMBERS);

	switch (below(6)) {
	case 0:
		numbers = 0;
		break;
	case 1: /* as it was */
	case 2:
		numbers = people[holder].book[about].numbers;
		break;
	}
	if (publish(holder, "urn:xmpp:contacts", jids[about], card_of(about, numbers)))
		model_store(holder, about, numbers);
}

static void do_forget(int holder, int about)
{
	if (retract(holder, "urn:xmpp:contacts", jids[about]))
		people[holder].book[about].exists = false;
}

static void do_settings(int p)
{
	static const char *const shares[] = {"no", "yes", "ask"};
	int visible = below(3) == 0 ? CIRCLE_KNOWN : below(5), findable = below(5),
	    share = below(3);
	char fields[1024];

	snprintf(fields, sizeof(fields),
		MATRIX_FIELD("visible", "%s") MATRIX_FIELD("findable", "%s")
			MATRIX_FIELD("share", "%s"),
		matrix_circles[visible], matrix_circles[findable], shares[share]);
	if (!submit(p, "settings", fields))
		return;
	people[p].visible = visible;
	people[p].findable = findable;
	people[p].share = share == 0 ? SHARE_NO : share == 1 ? SHARE_YES : SHARE_ASK;
}

static void do_lists(int p)
{
	bool chosen[PEOPLE], blocked[PEOPLE];
	char fields[1024] = "";

	for (int other = 0; other < PEOPLE; other++) {
		chosen[other] = below(3) == 0;
		blocked[other] = below(5) == 0;
	}
	add_list(fields, sizeof(fields), "chosen", chosen);
	add_list(fields, sizeof(fields), "blocked", blocked);
	if (!submit(p, "settings", fields))
		return;
	memcpy(people[p].chosen, chosen, sizeof(chosen));
	memcpy(people[p].blocked, blocked, sizeof(blocked));
}

/* As the server's roster has it: accounts that use the service, subscribed both ways. */
static void do_roster(int p)
{
	struct store *store = dialogue_store(world.dialogue);
	struct arena *arena = dialogue_arena(world.dialogue);
	struct store_account account;
	int64_t others[PEOPLE];
	size_t count = 0;

	ck_assert_int_eq(store_turn_begin(store), STORE_OK);
	for (int other = 0; other < PEOPLE; other++) {
		bool is_in = other != p && below(4) == 0 &&
			     store_account_find(store, arena, jids[other], &account) == STORE_OK &&
			     account.opened_at != 0;

		if (is_in)
			others[count++] = account.id;
		people[p].roster[other] = people[other].roster[p] = is_in;
	}
	if (store_account_find(store, arena, jids[p], &account) == STORE_OK &&
		account.opened_at != 0)
		ck_assert_int_eq(
			store_roster_put(store, arena, account.id, others, count), STORE_OK);
	else
		for (int other = 0; other < PEOPLE; other++)
			people[p].roster[other] = people[other].roster[p] = false;
	ck_assert_int_eq(store_turn_commit(store), STORE_OK);
}

static void do_end(int p)
{
	char fields[256];

	snprintf(fields, sizeof(fields), MATRIX_FIELD("address", "%s"), jids[p]);
	if (submit(p, "erase", fields))
		model_end(p);
}

/* The admin changes the conf. */
static void do_groups(void)
{
	static size_t group_count, member_count;
	struct settings *settings = dialogue_settings(world.dialogue);

	if (has_groups) {
		group_count = settings->group_count;
		member_count = settings->member_count;
		settings->group_count = settings->member_count = 0;
	} else {
		settings->group_count = group_count;
		settings->member_count = member_count;
	}
	has_groups = !has_groups;
}

/* Half of the time one of two, so that things meet. */
static int any_owner(void)
{
	return below(2) == 0 ? below(2) : below(PEOPLE);
}

/* Whom it was about is looked at first. */
static int last_holder, last_owner;

static void operate(void)
{
	int kind = below(100), p = below(PEOPLE), other = any_owner();

	last_holder = p;
	last_owner = other;
	if (kind < 20)
		do_profile(other);
	else if (kind < 23)
		do_hide(other);
	else if (kind < 55)
		do_contact(p, other);
	else if (kind < 63)
		do_forget(p, other);
	else if (kind < 78)
		do_settings(other);
	else if (kind < 84)
		do_lists(p);
	else if (kind < 90)
		do_roster(p);
	else if (kind < 94)
		do_end(p);
	else if (kind < 97)
		do_contact(other, p);
	else
		do_groups();
}

/* ---- Asking ---- */

static void expect_alike(char *got, char *wanted, const char *what, int asker, int owner)
{
	ck_assert_msg(strcmp(got, wanted) == 0, HERE "%s by %s of %s is not as for nobody:\n%s\n%s",
		AT, what, jids[asker], jids[owner], got, wanted);
	free(got);
	free(wanted);
}

static char *read_profile(int asker, const char *jid)
{
	return world_plain(
		world_say(&world,
			"<iq type='get' from='%s/r' to='kith.example.org' id='1'>" MATRIX_PUBSUB(
				"<items node='urn:xmpp:vcard4'><item id='%s'/>"
				"</items>") "</iq>",
			jids[asker], jid),
		jids[asker], jid);
}

static void check_reading(int asker, int owner)
{
	bool is_yes = sees(owner, asker, CIRCLE_EVERYONE);
	char *got = read_profile(asker, jids[owner]);

	if (!is_yes) {
		expect_alike(got, read_profile(asker, GHOST), "reading", asker, owner);
		return;
	}
	for (int n = 0; n < NUMBERS; n++) {
		char number[32];

		snprintf(number, sizeof(number), "tel:+4477009%05d", n * 100);
		ck_assert_msg(!strstr(got, number) == !(people[owner].current & 1u << n),
			HERE "reading by %s of %s: number %d in %s", AT, jids[asker], jids[owner],
			n, got);
	}
	free(got);
}

static char *find(int asker, const char *name)
{
	return world_plain(
		world_say(&world,
			"<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
			"<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' "
			"type='submit'>" MATRIX_FIELD("FORM_TYPE", "jabber:iq:search") MATRIX_FIELD(
				"x-name", "%s") "</x><set xmlns='http://jabber.org/protocol/rsm'>"
						"<max>1</max></set></query></iq>",
			jids[asker], name),
		jids[asker], name);
}

static void check_search(int asker, int owner)
{
	bool is_yes = sees(owner, asker, people[owner].findable);
	char name[16], *got;

	snprintf(name, sizeof(name), "Name%d", owner);
	got = find(asker, name);
	if (is_yes)
		ck_assert_msg(strstr(got, jids[owner]), HERE "%s doesn't find %s: %s", AT,
			jids[asker], jids[owner], got);
	if (is_yes)
		free(got);
	else
		expect_alike(got, find(asker, "Nemo"), "search", asker, owner);
}

static char *share(int sender, const char *subject, int receiver)
{
	return world_say(&world,
		"<iq type='set' from='%s/r' to='kith.example.org' id='1'>"
		"<command xmlns='http://jabber.org/protocol/commands' node='share'>"
		"<x xmlns='jabber:x:data' type='submit'>" MATRIX_FIELD("subject", "%s")
			MATRIX_FIELD("to", "%s") "</x></command></iq>",
		jids[sender], subject, jids[receiver]);
}

static void check_share(int sender, int subject)
{
	int receiver = below(PEOPLE);
	const char *told = is_told(subject, sender, receiver);
	bool arrives = strcmp(told, "sent") == 0 && sees(subject, receiver, CIRCLE_EVERYONE) &&
		       !people[receiver].blocked[sender];
	char *got = share(sender, jids[subject], receiver), *nothing;

	ck_assert_msg((strstr(got, "<vcard") != NULL) == arrives,
		HERE "the card of %s by %s to %s, %s: %s", AT, jids[subject], jids[sender],
		jids[receiver], told, got);
	if (strcmp(told, "nobody") == 0 && receiver == subject) {
		free(got); /* the answer names him either way */
		return;
	}
	if (strcmp(told, "nobody") == 0) {
		nothing = share(sender, GHOST, receiver);
		expect_alike(world_plain(got, jids[sender], jids[subject]),
			world_plain(nothing, jids[sender], GHOST), "share", sender, subject);
		return;
	}
	ck_assert_msg(
		strstr(got, strcmp(told, "sent") == 0 ? "'s card went to " : " is asked whether "),
		HERE "the card of %s by %s to %s, %s: %s", AT, jids[subject], jids[sender],
		jids[receiver], told, got);
	free(got);
}

/* ---- Rounds ---- */

static void make_conf(struct settings *settings)
{
	struct settings_group *group = settings_group_add(settings, "g");

	ck_assert_int_eq(settings_list_add(&settings->domains, "other.example"), 0);
	ck_assert_int_eq(settings_list_add(&group->members, "example.org"), 0);
	ck_assert_int_eq(settings_list_add(&group->members, jids[6]), 0);
	group = settings_group_add(settings, "o");
	ck_assert_int_eq(settings_list_add(&group->members, "other.example"), 0);
	ck_assert_int_eq(settings_list_add(&group->members, jids[6]), 0);
	ck_assert_int_eq(settings_groups_finish(settings), 0);
	settings->defaults[SETTING_UPDATES] = UPDATES_NEVER; /* cards are as they were written */
}

START_TEST(each_way_in_comes_to_what_the_plain_model_says)
{
	round_seed = first_seed() + (uint64_t)_i;
	seed(round_seed);
	world = (struct world){.dialogue = dialogue_new()};
	make_conf(dialogue_settings(world.dialogue));
	world_set_rates(&world, 0);
	has_groups = true;
	for (int p = 0; p < PEOPLE; p++) {
		people[p] = (struct person){.life = 0};
		model_end(p);
	}
	for (operation = 0; operation < OPERATIONS / world_step(); operation++) {
		operate();
		for (int i = 0; i < ASKED; i++) {
			int asker = i == 0 ? last_holder : below(PEOPLE);
			int owner = i == 0 ? last_owner : any_owner();

			check_reading(asker, owner);
			check_search(asker, owner);
			check_share(asker, owner);
		}
	}
	if (!has_groups)
		do_groups(); /* so that they are freed */
	world_clear(&world);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rules by chance");
	TCase *tcase = tcase_create("design, 4: Rules");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, each_way_in_comes_to_what_the_plain_model_says, 0, ROUNDS);
	suite_add_tcase(suite, tcase);
	return expect_all(suite);
}
