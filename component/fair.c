/* Whose turn it is: see fair.h.
 *
 * Of what an account used only the time is kept at which that will be made up for (the generic cell
 * rate algorithm, as in rates.c), and that only of the few accounts for which it lies ahead: as
 * long as there are none, a stanza costs the look at that. */
#include "component/fair.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/delegation.h"
#include "common/siphash.h"

#define BURST 100000 /* microseconds that may be used at once */
#define PART 8	     /* of all time that may be used later on: one of so many */
#define CHEAP 20     /* what takes less isn't counted: to refuse it would take as long */

#define ALONE 10000000 /* without a stanza of another, an account counts as the only one */

#define PLACES_MAX 64	     /* accounts that are kept in mind */
#define OWN_BYTES (1u << 20) /* put aside for one; a single stanza may be as large */
#define ALL_BYTES (4u << 20) /* for all */

/* One that was put aside, as text: that takes least. */
struct kept {
	struct kept *next;
	size_t bytes; /* of all this */
	size_t len;
	char text[];
};

struct place {
	uint64_t key;	 /* hash of the JID */
	int64_t paid_at; /* when what was used is made up for */
	struct kept *first, *last;
	size_t bytes; /* of them */
};

struct fair {
	unsigned char key[16];
	struct place places[PLACES_MAX];
	size_t count; /* of places; the first so many are in use */
	size_t next;  /* whose turn it is among them */
	size_t bytes; /* put aside */
	struct {
		uint64_t key;
		int64_t at;
	} seen[2];	     /* the two accounts seen last, the latest first */
	struct arena *arena; /* of what fair_next() gave */
};

struct fair *fair_new(void)
{
	struct fair *fair = calloc(1, sizeof(*fair));

	if (!fair)
		return NULL;
	fair->arena = arena_new(0);
	if (fair->arena && getrandom(fair->key, sizeof(fair->key), 0) == (ssize_t)sizeof(fair->key))
		return fair;
	fair_free(fair);
	return NULL;
}

void fair_clear(struct fair *fair)
{
	for (size_t i = 0; i < fair->count; i++) {
		struct place *place = &fair->places[i];

		while (place->first) {
			struct kept *kept = place->first;

			place->first = kept->next;
			free(kept);
		}
		place->last = NULL;
		place->bytes = 0;
	}
	fair->bytes = 0;
}

void fair_free(struct fair *fair)
{
	if (!fair)
		return;
	fair_clear(fair);
	arena_free(fair->arena);
	free(fair);
}

/* ---- Whose it is ---- */

/* The account that a stanza is of: its length in bytes and where it begins, NULL: of none. */
static const char *payer(const struct xml *stanza, size_t *len)
{
	const char *from = xml_get(stanza, "from");
	const char *type = xml_get(stanza, "type");

	if (!from || (type && (strcmp(type, "result") == 0 || strcmp(type, "error") == 0)))
		return NULL;
	if (!strchr(from, '@'))
		from = xml_get(delegation_inner(stanza), "from");
	if (!from)
		return NULL;
	*len = strcspn(from, "/");
	return from;
}

static struct place *find(struct fair *fair, const struct xml *stanza, uint64_t *key)
{
	size_t len;
	const char *jid = payer(stanza, &len);

	*key = jid ? siphash(fair->key, jid, len) : 0;
	for (size_t i = 0; jid && i < fair->count; i++)
		if (fair->places[i].key == *key)
			return &fair->places[i];
	return NULL;
}

/* What an account used, as the time until it is made up for. */
static int64_t debt(const struct place *place, int64_t now)
{
	return place->paid_at > now ? place->paid_at - now : 0;
}

static bool is_over(const struct place *place, int64_t now)
{
	return debt(place, now) > (int64_t)BURST * PART;
}

/* Places of those who have made up for all are given up; they are few, so their order is none. */
static void tidy(struct fair *fair, int64_t now)
{
	for (size_t i = 0; i < fair->count;) {
		if (debt(&fair->places[i], now) == 0 && !fair->places[i].first)
			fair->places[i] = fair->places[--fair->count];
		else
			i++;
	}
}

/* A place for one who has none; where there is none left, that of who owes least and waits for
 * nothing. NULL: all wait. */
static struct place *make_place(struct fair *fair, uint64_t key, int64_t now)
{
	struct place *place = NULL;

	tidy(fair, now);
	if (fair->count < PLACES_MAX) {
		place = &fair->places[fair->count++];
	} else {
		for (size_t i = 0; i < fair->count; i++) {
			struct place *each = &fair->places[i];

			if (!each->first && (!place || each->paid_at < place->paid_at))
				place = each;
		}
	}
	if (place)
		*place = (struct place){.key = key};
	return place;
}

/* ---- Admitting ---- */

static void see(struct fair *fair, uint64_t key, int64_t now)
{
	if (fair->seen[0].key != key) {
		fair->seen[1] = fair->seen[0];
		fair->seen[0].key = key;
	}
	fair->seen[0].at = now;
}

/* No other was seen of late. */
static bool is_alone(const struct fair *fair, uint64_t key, int64_t now)
{
	const int other = fair->seen[0].key == key;

	return fair->seen[other].key == 0 || now - fair->seen[other].at > ALONE;
}

/* -1: there is no room, or no memory. */
static int put_aside(struct fair *fair, struct place *place, const struct xml *stanza)
{
	struct kept *kept = NULL;
	struct buffer text;

	if (place->bytes >= OWN_BYTES || fair->bytes >= ALL_BYTES)
		return -1;
	buffer_init(&text, OWN_BYTES);
	xml_write(&text, stanza, NS_COMPONENT);
	if (!text.failed)
		kept = malloc(sizeof(*kept) + text.len);
	if (kept) {
		*kept = (struct kept){.bytes = sizeof(*kept) + text.len, .len = text.len};
		memcpy(kept->text, text.data, text.len);
		if (place->last)
			place->last->next = kept;
		else
			place->first = kept;
		place->last = kept;
		place->bytes += kept->bytes;
		fair->bytes += kept->bytes;
	}
	buffer_clear(&text);
	return kept ? 0 : -1;
}

enum fair_verdict fair_admit(struct fair *fair, const struct xml *stanza, int64_t now)
{
	struct place *place;
	uint64_t key;

	if (fair->count == 0)
		return FAIR_NOW;
	place = find(fair, stanza, &key);
	if (key == 0)
		return FAIR_NOW;
	see(fair, key, now);
	if (!place || (!place->first && !is_over(place, now)))
		return FAIR_NOW;
	if (put_aside(fair, place, stanza) == 0)
		return FAIR_LATER;
	return place->first && is_alone(fair, key, now) ? FAIR_ALONE : FAIR_FULL;
}

void fair_charge(struct fair *fair, const struct xml *stanza, int64_t took, int64_t now)
{
	struct place *place;
	uint64_t key;

	if (took < CHEAP)
		return;
	place = find(fair, stanza, &key);
	if (!place && key != 0)
		place = make_place(fair, key, now);
	if (place)
		place->paid_at = now + debt(place, now) + took * PART;
}

/* ---- What was put aside ---- */

static const struct xml *take_first(struct fair *fair, struct place *place)
{
	struct kept *kept = place->first;
	const struct xml *stanza;

	place->first = kept->next;
	if (!place->first)
		place->last = NULL;
	place->bytes -= kept->bytes;
	fair->bytes -= kept->bytes;
	stanza = xml_parse(fair->arena, kept->text, kept->len, NS_COMPONENT, &xml_limits_own, NULL);
	free(kept);
	return stanza;
}

const struct xml *fair_next(struct fair *fair, bool is_idle, int64_t now)
{
	arena_reset(fair->arena);
	for (size_t i = 0; fair->bytes > 0 && i < fair->count; i++) {
		struct place *place = &fair->places[fair->next++ % fair->count];

		if (place->first && (is_idle || !is_over(place, now)))
			return take_first(fair, place);
	}
	return NULL;
}

bool fair_has_any(const struct fair *fair)
{
	return fair->bytes > 0;
}
