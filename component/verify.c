/* A look at all that is stored: see verify.h. */
#include "component/verify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "component/history.h"
#include "component/profile.h"
#include "component/stored_card.h"
#include "component/update.h"

#define PAGE 100	/* pieces read in one turn */
#define DIGITS_LIKE 7	/* at the end of a number, by which two writings of it are known as one */
#define CHANGES_MAX 200 /* of one card, by one update */

struct verify {
	const struct rules *rules;
	struct arena *arena;
	enum store_kind kind;
	void (*fault)(void *context, const char *text);
	void *context;
	int64_t faults;
	bool has_failed; /* the store did */
};

static void tell(struct verify *verify, const struct store_piece *piece, const char *what)
{
	struct store_account account = {.jid = NULL};
	const char *text;

	if (store_account_by_id(verify->rules->store, verify->arena, piece->account, &account) ==
		STORE_ERROR)
		verify->has_failed = true;
	text = arena_printf(verify->arena, "%s%s%s%s: account %" PRId64 " (%s)", what,
		piece->item ? ", " : "", piece->item ? "item " : "", piece->item ? piece->item : "",
		piece->account, account.jid ? account.jid : "unknown");
	verify->fault(verify->context, text ? text : what);
	verify->faults++;
}

/* The card; NULL: it is a fault, which is told. */
static struct vcard *read_card(
	struct verify *verify, const struct store_piece *piece, const char *whose)
{
	struct vcard *card = vcard_from_xml_text(verify->arena, piece->text, piece->len, NULL);
	const char *fault = card ? stored_card_fault(card) : "it can't be read";

	if (fault)
		tell(verify, piece,
			arena_printf(verify->arena, "the card of %s is damaged, %s", whose, fault));
	return fault ? NULL : card;
}

/* ---- Profiles ---- */

/* Two numbers that may be one: which they are in national form depends on the region, and that may
 * have been another when the profile was stored. */
static bool is_alike(const char *a, const char *b)
{
	size_t a_len = strcspn(a, ";"), b_len = strcspn(b, ";"), len = DIGITS_LIKE;

	if (a_len < len)
		len = a_len;
	if (b_len < len)
		len = b_len;
	return memcmp(a + a_len - len, b + b_len - len, len) == 0;
}

static bool has_number(const struct vcard *card, const char *identity, const char *region)
{
	for (const struct vcard_property *tel = vcard_first(card, "TEL"); tel;
		tel = vcard_next(tel, "TEL")) {
		struct phone phone;

		vcard_tel(tel, region, &phone);
		if (*phone.identity && is_alike(identity, phone.identity))
			return true;
	}
	return false;
}

/* The current numbers of the history are those of the card. */
static bool is_history_of(
	const struct history *history, const struct vcard *card, const char *region)
{
	for (size_t i = 0; i < history->count; i++)
		if (history->numbers[i].state == NUMBER_CURRENT &&
			!has_number(card, history->numbers[i].identity, region))
			return false;
	for (const struct vcard_property *tel = vcard_first(card, "TEL"); tel;
		tel = vcard_next(tel, "TEL")) {
		struct phone phone;
		bool is_there = false;

		vcard_tel(tel, region, &phone);
		if (!*phone.identity || vcard_get_param(tel, VCARD_PARAM_RETIRED))
			continue;
		for (size_t i = 0; i < history->count && !is_there; i++)
			is_there = history->numbers[i].state == NUMBER_CURRENT &&
				   is_alike(history->numbers[i].identity, phone.identity);
		if (!is_there)
			return false;
	}
	return true;
}

static void look_at_profile(struct verify *verify, const struct store_piece *piece)
{
	struct store *store = verify->rules->store;
	struct vcard *card = read_card(verify, piece, "a profile");
	struct store_account account;
	struct store_profile profile;
	struct history history;
	const char *bare = NULL;
	bool right = true;

	if (store_account_by_id(store, verify->arena, piece->account, &account) != STORE_OK ||
		store_profile_get(store, verify->arena, piece->account, &profile) != STORE_OK ||
		store_history_get(store, verify->arena, piece->account, &history) != STORE_OK) {
		verify->has_failed = true;
		return;
	}
	if (!jid_is_account(verify->arena, account.jid, &bare) || strcmp(bare, account.jid) != 0)
		tell(verify, piece, "the JID of an account is none, or not prepared");
	if (!card)
		return;
	if (!is_history_of(&history, card, rules_region(verify->rules, &account)))
		tell(verify, piece, "the numbers of a profile are not those of its card");
	if (profile_is_found_rightly(
		    verify->rules, verify->arena, &profile, card, &history, &right) != STORE_OK)
		verify->has_failed = true;
	if (!right)
		tell(verify, piece, "a search finds a profile by something else than its card has");
}

/* ---- Contacts, and what was done to them ---- */

/* update.h: a line each of an identity, a blank and a version. */
static bool is_pins(const char *pins)
{
	while (*pins) {
		size_t len = strcspn(pins, "\n"), identity = strcspn(pins, " \n");
		char *end;

		if (identity == 0 || pins[identity] != ' ')
			return false;
		(void)strtoll(pins + identity + 1, &end, 10);
		if (end == pins + identity + 1 || end != pins + len)
			return false;
		pins += len + (pins[len] == '\n');
	}
	return true;
}

static void look_at_contact(struct verify *verify, const struct store_piece *piece)
{
	(void)read_card(verify, piece, "a contact");
	if (piece->pins && !is_pins(piece->pins))
		tell(verify, piece, "what is pinned of a contact can't be read");
}

static void look_at_update(struct verify *verify, const struct store_piece *piece)
{
	struct update_item *items = arena_alloc(verify->arena, CHANGES_MAX * sizeof(*items));
	size_t lines = 0;

	for (const char *c = piece->text; *c; c++)
		lines += *c == '\n' || c[1] == '\0';
	if (items && lines <= CHANGES_MAX &&
		(lines == 0 ||
			update_describe(verify->arena, piece->text, items, CHANGES_MAX) != lines))
		tell(verify, piece,
			verify->kind == STORE_KIND_UPDATE
				? "what was done to a card can't be read"
				: "what is proposed for a card can't be read");
}

/* ---- All of it ---- */

static void look_at(void *context, const struct store_piece *piece)
{
	struct verify *verify = context;

	switch (verify->kind) {
	case STORE_KIND_PROFILE:
		look_at_profile(verify, piece);
		break;
	case STORE_KIND_HELD:
		(void)read_card(verify, piece, "what is held");
		break;
	case STORE_KIND_CONTACT:
		look_at_contact(verify, piece);
		break;
	case STORE_KIND_UPDATE:
	case STORE_KIND_MATTER:
		look_at_update(verify, piece);
		break;
	}
}

/* OK: there are more. */
static enum store_result look_at_page(struct verify *verify, int64_t *after)
{
	enum store_result result = store_look_begin(verify->rules->store);

	if (result == STORE_OK)
		result = store_each(verify->rules->store, verify->arena, verify->kind, after, PAGE,
			look_at, verify);
	store_turn_rollback(verify->rules->store);
	if (verify->has_failed || arena_failed(verify->arena))
		result = STORE_ERROR;
	arena_reset(verify->arena);
	return result;
}

enum store_result verify_all(const struct rules *rules,
	void (*fault)(void *context, const char *text), void *context, int64_t *faults)
{
	static const struct {
		enum store_kind kind;
		const char *unread;
	} kinds[] = {
		{STORE_KIND_PROFILE, "profiles that can't be read, or what is stored of them"},
		{STORE_KIND_HELD, "profiles that are held and can't be read"},
		{STORE_KIND_CONTACT, "contacts that can't be read"},
		{STORE_KIND_UPDATE, "updates that can't be read"},
		{STORE_KIND_MATTER, "matters that can't be read"},
	};
	struct verify verify = {.rules = rules, .fault = fault, .context = context};
	enum store_result result = store_verify(rules->store, fault, context, &verify.faults);

	verify.arena = arena_new(0);
	if (!verify.arena)
		result = STORE_ERROR;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds) && result == STORE_OK; i++) {
		int64_t after = 0;
		enum store_result page;

		verify.kind = kinds[i].kind;
		verify.has_failed = false;
		while ((page = look_at_page(&verify, &after)) == STORE_OK)
			;
		if (page == STORE_ERROR) {
			fault(context, kinds[i].unread);
			verify.faults++;
		}
	}
	arena_free(verify.arena);
	*faults = verify.faults;
	return result;
}
