/* What the bench works on: see bench_world.h.
 *
 * Profiles go the way that a publication does; contacts, which are ten times as many, straight into
 * the store, as they stand once their holders have published them. */
#include "tests/bench_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "component/profile.h"
#include "component/settings.h"
#include "component/store.h"

#define ROWS_A_TURN 20000
#define SYLLABLES 100
#define GIVEN 1000     /* given names, of two syllables and one letter more */
#define FAMILIES 20000 /* family names: 50 of each at a million accounts */
#define TELL_S 10      /* between two words of progress */

/* ---- Names, numbers, cards ---- */

void world_jid(char out[WORLD_JID_SIZE], const struct world *world, uint32_t i)
{
	(void)snprintf(out, WORLD_JID_SIZE, "u%07u@%s", i, world->domain);
}

void world_named(char out[WORLD_JID_SIZE], const struct world *world, const char *what, uint32_t n)
{
	(void)snprintf(out, WORLD_JID_SIZE, "%s%u@%s", what, n, world->domain);
}

/* Two syllables, which are the same for all that differ by multiples of SYLLABLES squared. */
static void syllables(char out[5], uint32_t k)
{
	static const char consonants[] = "bcdfghjklmnprstvwxyz", vowels[] = "aeiou";
	uint32_t first = k % SYLLABLES, second = k / SYLLABLES % SYLLABLES;

	out[0] = consonants[first / 5];
	out[1] = vowels[first % 5];
	out[2] = consonants[second / 5];
	out[3] = vowels[second % 5];
	out[4] = '\0';
}

static void names(char given[8], char family[8], uint32_t i)
{
	char text[5];
	uint32_t k = i % GIVEN, f = i % FAMILIES;

	syllables(text, k);
	(void)snprintf(given, 8, "%s%c", text, (char)('n' + (char)(k / SYLLABLES % 2)));
	syllables(text, f);
	(void)snprintf(family, 8, "%s%s", text, f / (SYLLABLES * SYLLABLES) ? "ck" : "rt");
}

size_t world_card(char out[WORLD_CARD_SIZE], const char *jid, uint32_t i, uint32_t change)
{
	/* British mobile numbers of ranges in use, 100 million of each. */
	static const char *const ranges[] = {"+4473", "+4471", "+4472"};
	char given[8], family[8];

	names(given, family, i);
	return (size_t)snprintf(out, WORLD_CARD_SIZE,
		"<vcard xmlns=\"" NS_VCARD4 "\"><fn><text>%s %s</text></fn>"
		"<n><surname>%s</surname><given>%s</given><additional/><prefix/><suffix/></n>"
		"<email><text>%s</text></email>"
		"<tel><parameters><type><text>cell</text></type></parameters>"
		"<uri>tel:%s%08u</uri></tel><impp><uri>xmpp:%s</uri></impp></vcard>",
		given, family, family, given, jid, ranges[change > 0 ? 1 + change % 2 : 0],
		(i + change * 7654321) % 100000000, jid);
}

/* ---- Filling ---- */

struct filling {
	struct world *world;
	int64_t *ids;  /* of the accounts */
	uint32_t rows; /* of this turn */
	uint64_t done, all;
	time_t told;
};

static void tell(struct filling *filling)
{
	time_t now = time(NULL);

	if (now - filling->told < TELL_S)
		return;
	filling->told = now;
	(void)fprintf(stderr, "fill: %llu of %llu rows\n", (unsigned long long)filling->done,
		(unsigned long long)filling->all);
}

/* One row more. Begins another turn where this one is full. */
static int next(struct filling *filling)
{
	struct world *world = filling->world;

	filling->done++;
	if (++filling->rows < ROWS_A_TURN)
		return 0;
	filling->rows = 0;
	tell(filling);
	arena_reset(world->arena);
	return store_turn_commit(world->store) == STORE_OK &&
			       store_turn_begin(world->store) == STORE_OK
		       ? 0
		       : -1;
}

/* An account in use with its profile; *id. */
static int add_account(struct filling *filling, const char *jid, uint32_t i, int64_t *id)
{
	struct world *world = filling->world;
	struct store_account account;
	char text[WORLD_CARD_SIZE];
	size_t len = world_card(text, jid, i, 0);
	const struct vcard *card;
	const char *why = NULL;

	arena_reset(world->arena);
	card = vcard_from_xml_text(world->arena, text, len, &why);
	if (card == NULL ||
		store_account_get(world->store, world->arena, jid, &account) != STORE_OK ||
		profile_publish(&world->rules, world->arena, &account, card, PROFILE_FROM_KITH,
			world->now, &why) != PROFILE_OK ||
		store_account_used(world->store, account.id, world->now) != STORE_OK) {
		(void)fprintf(
			stderr, "fill: %s: %s\n", jid, why != NULL ? why : "the store failed");
		return -1;
	}
	*id = account.id;
	return next(filling);
}

/* subject 0: linked to nobody. i: the name and number in the card. */
static int add_contact(
	struct filling *filling, int64_t owner, const char *item, int64_t subject, uint32_t i)
{
	char text[WORLD_CARD_SIZE];
	struct store_contact contact = {.owner = owner,
		.item = item,
		.changed_at = filling->world->now,
		.subject = subject,
		.applied = subject != 0,
		.written = subject != 0,
		.known = subject != 0,
		.card = text};

	contact.card_len = world_card(text, item, i, 0);
	if (store_contact_put(filling->world->store, &contact) != STORE_OK)
		return -1;
	return next(filling);
}

static int add_accounts(struct filling *filling, int64_t *stars, int64_t *books)
{
	const struct world *world = filling->world;
	char jid[WORLD_JID_SIZE];

	for (uint32_t i = 0; i < world->accounts; i++) {
		world_jid(jid, world, i);
		if (add_account(filling, jid, i, &filling->ids[i]))
			return -1;
	}
	for (size_t s = 0; s < world->star_count; s++) {
		world_named(jid, world, "star", world->stars[s]);
		if (add_account(filling, jid, world->accounts + world->stars[s], &stars[s]))
			return -1;
	}
	for (size_t b = 0; b < world->book_count; b++) {
		world_named(jid, world, "book", world->books[b]);
		if (add_account(filling, jid, world->accounts + world->books[b] + 1, &books[b]))
			return -1;
	}
	return 0;
}

/* The book of account i: of accounts as far from each other as can be, and the stars that it is to
 * have. */
static int fill_book(struct filling *filling, uint32_t i, const int64_t *stars)
{
	const struct world *world = filling->world;
	uint32_t step = world->accounts / (world->contacts + 1);
	char jid[WORLD_JID_SIZE];

	for (uint32_t c = 1; c <= world->contacts; c++) {
		uint32_t other = (uint32_t)(((uint64_t)i + (uint64_t)c * step) % world->accounts);

		world_jid(jid, world, other);
		if (add_contact(filling, filling->ids[i], jid, filling->ids[other], other))
			return -1;
	}
	for (size_t s = 0; s < world->star_count; s++) {
		uint32_t links = world->stars[s];

		if (i % (world->accounts / links) != 0 || i / (world->accounts / links) >= links)
			continue;
		world_named(jid, world, "star", links);
		if (add_contact(filling, filling->ids[i], jid, stars[s], world->accounts + links))
			return -1;
	}
	return 0;
}

/* Those of bookN: contacts with a UID as item id, linked to nobody. */
static int fill_large_book(struct filling *filling, uint32_t count, int64_t owner)
{
	char item[WORLD_JID_SIZE];

	for (uint32_t i = 0; i < count; i++) {
		(void)snprintf(item, sizeof(item), "urn:uuid:%08u", i);
		if (add_contact(filling, owner, item, 0, i))
			return -1;
	}
	return 0;
}

static int fill(struct filling *filling, int64_t *stars, int64_t *books)
{
	const struct world *world = filling->world;

	if (add_accounts(filling, stars, books))
		return -1;
	for (uint32_t i = 0; i < world->accounts; i++)
		if (fill_book(filling, i, stars))
			return -1;
	for (size_t b = 0; b < world->book_count; b++)
		if (fill_large_book(filling, world->books[b], books[b]))
			return -1;
	return 0;
}

int world_fill(struct world *world)
{
	struct filling filling = {.world = world, .told = time(NULL)};
	int64_t stars[WORLD_EXTRA_MAX], books[WORLD_EXTRA_MAX];
	int result = -1;

	filling.all = (uint64_t)world->accounts * (world->contacts + 1);
	filling.ids = calloc(world->accounts, sizeof(*filling.ids));
	if (filling.ids == NULL || store_turn_begin(world->store) != STORE_OK)
		goto out;
	result = fill(&filling, stars, books);
	if (result == 0)
		result = store_turn_commit(world->store) == STORE_OK ? 0 : -1;
	else
		store_turn_rollback(world->store);
out:
	free(filling.ids);
	return result;
}
