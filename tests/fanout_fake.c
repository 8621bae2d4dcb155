/* See fanout_fake.h. */
#include "tests/fanout_fake.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/book.h"
#include "component/profile.h"

#define ALL_US 600000000 /* of time for cards: all of them */

static void record(struct service *service, const struct xml *stanza)
{
	struct fake *fake = (struct fake *)service;
	const struct xml *body = xml_child(stanza, NULL, "body");
	struct sent *sent;

	if (fake->count == fake->size) {
		fake->size = fake->size > 0 ? fake->size * 2 : 64;
		fake->sent = realloc(fake->sent, fake->size * sizeof(*fake->sent));
		ck_assert_ptr_nonnull(fake->sent);
	}
	sent = &fake->sent[fake->count++];
	memset(sent, 0, sizeof(*sent));
	snprintf(sent->name, sizeof(sent->name), "%s", stanza->name);
	snprintf(sent->type, sizeof(sent->type), "%s", xml_get(stanza, "type"));
	snprintf(sent->to, sizeof(sent->to), "%s", xml_get(stanza, "to"));
	if (xml_get(stanza, "id") != NULL)
		snprintf(sent->id, sizeof(sent->id), "%s", xml_get(stanza, "id"));
	if (body != NULL)
		snprintf(sent->body, sizeof(sent->body), "%s", xml_text(fake->arena, body));
	sent->has_event = xml_child(stanza, NS_PUBSUB_EVENT, "event") != NULL;
	ck_assert_str_eq(xml_get(stanza, "from"), service->settings->jid);
}

struct fake *fake_new(void)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct settings *settings = settings_new_for_test();
	char *why = NULL;

	ck_assert(fake != NULL && settings != NULL);
	fake->arena = arena_new(0);
	fake->service.settings = settings;
	fake->service.store = store_open(":memory:", STORE_OPEN_OWNER, &why);
	ck_assert_msg(fake->service.store != NULL, "%s", why);
	fake->service.rules = (struct rules){.store = fake->service.store, .settings = settings};
	fake->service.send = record;
	memset(fake->service.key, 7, sizeof(fake->service.key));
	fake->fanout = fanout_new(&fake->service);
	ck_assert_ptr_nonnull(fake->fanout);
	fake->now = 1800000000;
	return fake;
}

void fake_free(struct fake *fake)
{
	fanout_free(fake->fanout);
	store_close(fake->service.store);
	settings_free((struct settings *)fake->service.settings);
	arena_free(fake->arena);
	free(fake->sent);
	free(fake);
}

void fake_crash(struct fake *fake)
{
	fanout_free(fake->fanout);
	fake->fanout = fanout_new(&fake->service);
	ck_assert_ptr_nonnull(fake->fanout);
}

void fake_begin(struct fake *fake)
{
	ck_assert_int_eq(store_turn_begin(fake->service.store), STORE_OK);
}

void fake_commit(struct fake *fake)
{
	ck_assert_int_eq(store_turn_commit(fake->service.store), STORE_OK);
}

void fake_turn(struct fake *fake, size_t room_bytes)
{
	fake_begin(fake);
	ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, ALL_US), 0);
	fake_commit(fake);
	ck_assert_int_eq(fanout_pushes(fake->fanout, fake->now_ms, room_bytes), 0);
	ck_assert(!store_in_turn(fake->service.store));
}

void fake_turns(struct fake *fake)
{
	int turns = 0;

	do
		fake_turn(fake, 1 << 20);
	while (fanout_has_work(fake->fanout) && ++turns < 100000);
	ck_assert(!fanout_has_work(fake->fanout));
}

const struct sent *fake_ping(const struct fake *fake)
{
	const struct sent *last = fake->count > 0 ? &fake->sent[fake->count - 1] : NULL;

	return last != NULL && strcmp(last->name, "iq") == 0 ? last : NULL;
}

bool fake_answer_as(struct fake *fake, const char *type, const char *from, const char *id)
{
	struct xml *iq = xml_new(fake->arena, NS_COMPONENT, "iq");

	xml_set(fake->arena, iq, "type", type);
	xml_set(fake->arena, iq, "from", from);
	xml_set(fake->arena, iq, "to", fake->service.settings->jid);
	xml_set(fake->arena, iq, "id", id);
	return fanout_answer(fake->fanout, iq, fake->now_ms);
}

bool fake_answer(struct fake *fake)
{
	const struct sent *asked = fake_ping(fake);

	return asked != NULL && fake_answer_as(fake, "result", asked->to, asked->id);
}

void fake_finish(struct fake *fake)
{
	do
		fake_turns(fake);
	while (fake_answer(fake));
}

/* ---- Accounts, cards, numbers ---- */

struct store_account fake_account(struct fake *fake, const char *jid)
{
	struct store_account row;

	ck_assert_int_eq(store_account_get(fake->service.store, fake->arena, jid, &row), STORE_OK);
	return row;
}

static const char *number(struct fake *fake, int n)
{
	return arena_printf(fake->arena, "tel:+4474001%05d", n);
}

static struct vcard *card(struct fake *fake, const char *name, int n)
{
	struct vcard *vcard = vcard_new(fake->arena);
	struct vcard_property *tel;

	vcard_add(vcard, NULL, "FN", "text", name);
	tel = vcard_add(vcard, NULL, "TEL", "uri", number(fake, n));
	vcard_add_type(vcard, tel, "cell");
	return vcard;
}

void fake_publish(struct fake *fake, const char *jid, int n)
{
	struct store_account owner;
	const char *why = NULL;

	fake_begin(fake);
	owner = fake_account(fake, jid);
	ck_assert_int_eq(
		profile_publish(&fake->service.rules, fake->arena, &owner,
			card(fake, "Carol Example", n), PROFILE_FROM_KITH, fake->now, &why),
		PROFILE_OK);
	fake_commit(fake);
	fanout_wake(fake->fanout);
}

const char *fake_holder(struct fake *fake, const char *subject, int i)
{
	return arena_printf(fake->arena, "h%03d-%.3s@example.org", i, subject);
}

void fake_hold(struct fake *fake, const char *subject, int first, int count, int n)
{
	fake_begin(fake);
	for (int i = first; i < first + count; i++) {
		struct store_account owner = fake_account(fake, fake_holder(fake, subject, i));
		struct store_contact contact;
		const char *why = NULL;

		ck_assert_int_eq(book_publish(&fake->service.rules, fake->arena, &owner, subject,
					 card(fake, "Carol Example", n), fake->now, &contact, &why),
			BOOK_OK);
	}
	fake_commit(fake);
}

int fake_held(struct fake *fake, const char *subject, int i)
{
	struct store_account owner;
	struct store_contact contact;
	const struct vcard *vcard;
	struct phone phone;

	fake_begin(fake);
	owner = fake_account(fake, fake_holder(fake, subject, i));
	ck_assert_int_eq(
		store_contact_get(fake->service.store, fake->arena, owner.id, subject, &contact),
		STORE_OK);
	fake_commit(fake);
	vcard = vcard_from_xml_text(fake->arena, contact.card, contact.card_len, NULL);
	ck_assert_ptr_nonnull(vcard);
	ck_assert_ptr_null(vcard_next(vcard_first(vcard, "TEL"), "TEL"));
	vcard_tel(vcard_first(vcard, "TEL"), "GB", &phone);
	return atoi(phone.e164 + strlen("+4474001"));
}

bool is_push(const struct sent *sent)
{
	return strcmp(sent->name, "message") == 0 && strcmp(sent->type, "chat") == 0;
}

size_t count_pushes(const struct fake *fake, size_t from)
{
	size_t count = 0;

	for (size_t i = from; i < fake->count; i++)
		count += is_push(&fake->sent[i]);
	return count;
}

size_t count_runs(struct fake *fake)
{
	struct store_stats stats;

	fake_begin(fake);
	ck_assert_int_eq(store_stats(fake->service.store, &stats), STORE_OK);
	fake_commit(fake);
	return (size_t)stats.runs;
}

struct fake *fake_carol_changes(int count)
{
	struct fake *fake = fake_new();

	fake_publish(fake, CAROL, 1);
	fake_hold(fake, CAROL, 0, count, 1);
	fanout_up(fake->fanout);
	fake_finish(fake);
	fake->count = 0;
	fake_publish(fake, CAROL, 2);
	return fake;
}
