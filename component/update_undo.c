/* Taking back what an update did to a card, and what of it still holds (design: section 4). */
#include "component/update.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "component/update_what.h"

#define PLACE_ANY ((size_t)-1)

static bool is_tel(const struct vcard_property *property, const char *identity, const char *region,
	const bool *marked)
{
	struct phone phone;
	bool is_marked = vcard_get_param(property, VCARD_PARAM_RETIRED);

	if (strcmp(property->name, "TEL") != 0 || (marked && is_marked != *marked))
		return false;
	vcard_tel(property, region, &phone);
	return strcmp(phone.identity, identity) == 0;
}

/* The TEL of card that has identity and is marked as retired or not, as wanted (NULL: any): of
 * several the one at place, else the first. */
static struct vcard_property *find_tel(const struct vcard *card, const char *identity,
	const char *region, const bool *marked, size_t place)
{
	struct vcard_property *first = NULL;
	size_t at = 0;

	for (struct vcard_property *p = card->first; p; p = p->next, at++) {
		if ((first && at != place) || !is_tel(p, identity, region, marked))
			continue;
		if (at == place)
			return p;
		first = p;
	}
	return first;
}

/* Puts property, which hangs as the last of card, before what stands at place. */
static void move_to(struct vcard *card, struct vcard_property *property, size_t place)
{
	struct vcard_property *next = card->first;
	for (; next && place > 0; place--)
		next = next->next;
	if (!next || next == property)
		return;
	vcard_remove(card, property);
	property->next = next;
	property->prev = next->prev;
	*(next->prev ? &next->prev->next : &card->first) = property;
	next->prev = property;
}

static void restore_mark(
	struct vcard *card, struct vcard_property *tel, const struct vcard_property *was)
{
	vcard_set_param(card, tel, VCARD_PARAM_RETIRED, vcard_get_param(was, VCARD_PARAM_RETIRED));
	vcard_set_param(card, tel, "PREF", vcard_get_param(was, "PREF"));
}

/* Takes one thing back. before: the card before any was; place: where the TEL stood after the
 * update. Returns the TEL that is restored, or that
 * went; NULL: nothing of it was left. */
static const struct vcard_property *take_back(struct vcard *card, const struct vcard *before,
	const struct what *what, size_t place, const char *region)
{
	static const bool yes = true, no = false;
	struct vcard_property *tel;

	switch (what->verb) {
	case UPDATE_REPLACED:
		if (what->merged) {
			struct phone phone;
			vcard_tel(what->tel, region, &phone);
			if (find_tel(before, phone.identity, region, NULL, PLACE_ANY))
				return NULL; /* its holder put it back himself */
			tel = vcard_add_copy(card, what->tel);
			if (tel)
				move_to(card, tel, what->place);
			return tel;
		}
		tel = find_tel(card, what->identity, region, NULL, place);
		if (tel) {
			tel->components = what->tel->components;
			tel->value_type = what->tel->value_type;
		}
		return tel;
	case UPDATE_MARKED:
		tel = find_tel(card, what->identity, region, &yes, place);
		if (tel)
			restore_mark(card, tel, what->tel);
		return tel;
	case UPDATE_UNMARKED:
		tel = find_tel(card, what->identity, region, &no, place);
		if (tel)
			restore_mark(card, tel, what->tel);
		return tel;
	case UPDATE_ADDED:
		tel = find_tel(card, what->identity, region, NULL, place);
		if (!tel || !vcard_property_equal(tel, what->tel))
			return NULL;
		vcard_remove(card, tel);
		return what->tel;
	}
	return NULL;
}

/* The order in which an update is taken back: marks before the numbers that they were set on, and
 * removed TELs, whose places are those of the card as it was, at the end. */
static int pass_of(const struct what *what)
{
	return what->verb != UPDATE_REPLACED ? 0 : what->merged ? 2 : 1;
}

bool update_undo(struct arena *arena, struct vcard *card, struct update_state *state,
	const char *text, const char *region)
{
	const struct vcard *before = vcard_copy(arena, card);
	struct buffer pins;
	bool done = false;

	if (!before)
		return false;
	buffer_init(&pins, 0);
	for (int pass = 0; pass <= 2; pass++) {
		const char *rest = text;
		struct what what;
		size_t merged = 0; /* TELs before it that the update removed */
		while (what_next(card->arena, &rest, &what)) {
			const struct vcard_property *restored;
			struct phone phone;
			merged += what.merged && pass < 2;
			if (pass_of(&what) != pass)
				continue;
			restored = take_back(card, before, &what, what.place - merged, region);
			if (!restored)
				continue;
			done = true;
			vcard_tel(restored, region, &phone);
			if (*phone.identity && what.verb != UPDATE_ADDED)
				buffer_printf(
					&pins, "%s %" PRId64 "\n", phone.identity, state->applied);
		}
	}
	/* What was pinned before stays so; update_card() drops the pins of what is there no more.
	 */
	if (state->pins)
		buffer_puts(&pins, state->pins);
	if (pins.failed)
		arena_alloc(arena, SIZE_MAX / 2); /* no memory: told as any lack of it */
	else if (pins.len > 0)
		state->pins = arena_strndup(arena, pins.data, pins.len);
	buffer_clear(&pins);
	return done;
}

/* True if `later` changed the TEL of that identity. */
static bool changes(
	struct arena *arena, const char *later, const char *identity, const char *region)
{
	struct what what;
	struct phone phone;

	while (what_next(arena, &later, &what)) {
		vcard_tel(what.tel, region, &phone);
		if (what.verb != UPDATE_ADDED && strcmp(phone.identity, identity) == 0)
			return true;
	}
	return false;
}

const char *update_not_overtaken(
	struct arena *arena, const char *text, const char *later, const char *region)
{
	const char *kept = NULL, *rest = text;
	struct what what;

	for (const char *line = text; what_next(arena, &rest, &what); line = rest)
		if (!changes(arena, later, what.identity, region))
			kept = arena_printf(
				arena, "%s%.*s", kept ? kept : "", (int)(rest - line), line);
	return kept;
}

static bool is_pinned(const char *pins, const char *identity)
{
	size_t len = strlen(identity);

	for (const char *line = pins; line && *line; line += strcspn(line, "\n")) {
		line += *line == '\n';
		if (strncmp(line, identity, len) == 0 && line[len] == ' ')
			return true;
	}
	return false;
}

const char *update_holds(struct arena *arena, const struct vcard *card, const char *pins,
	const char *text, const char *region)
{
	struct buffer kept;
	const char *holds = NULL, *rest = text;
	struct what what;

	buffer_init(&kept, 0);
	for (const char *line = text; what_next(arena, &rest, &what); line = rest) {
		bool marked = what.verb == UPDATE_MARKED;
		if (!is_pinned(pins, what.identity) &&
			find_tel(card, what.identity, region,
				what.verb == UPDATE_REPLACED ? NULL : &marked, PLACE_ANY))
			buffer_append(&kept, line, (size_t)(rest - line));
	}
	if (kept.failed)
		arena_alloc(arena, SIZE_MAX / 2);
	else if (kept.len > 0)
		holds = arena_strndup(arena, kept.data, kept.len);
	buffer_clear(&kept);
	return holds;
}
