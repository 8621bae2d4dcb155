/* Bringing a card up to date with a history of numbers (design: section 4). */
#include "config.h"

#include "component/update.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "component/history.h"
#include "component/update_what.h"

/* A TEL of the card whose number is in the history, and how far it has come. */
struct stand {
	struct vcard_property *tel;
	const struct number *at; /* where it is in the history */
	size_t place;
	bool pinned, moved, merged;
};

struct stands {
	struct stand *list;
	size_t count;
};

static void read_stands(struct stands *stands, struct arena *arena, const struct vcard *card,
	const struct history *history, const char *region)
{
	size_t most = 0, place = 0;
	*stands = (struct stands){0};
	for (const struct vcard_property *p = vcard_first(card, "TEL"); p; p = vcard_next(p, "TEL"))
		most++;
	if (most == 0 || !(stands->list = arena_alloc(arena, most * sizeof *stands->list)))
		return;
	for (struct vcard_property *p = card->first; p; p = p->next, place++) {
		const struct number *at = NULL;
		if (strcmp(p->name, "TEL") == 0)
			at = history_find_tel(history, p, region);
		if (at)
			stands->list[stands->count++] =
				(struct stand){.tel = p, .at = at, .place = place};
	}
}

/* Marks the stands that a pin holds, and leaves in state->pins the pins that are good for one. */
static void apply_pins(struct stands *stands, struct arena *arena, struct update_state *state,
	const struct history *history)
{
	struct buffer kept;
	const char *line = state->pins;
	if (!line)
		return;
	buffer_init(&kept, 0);
	while (*line) {
		size_t len = strcspn(line, "\n"), identity_len = strcspn(line, " \n");
		int64_t version = strtoll(line + identity_len, NULL, 10);
		bool good = false;
		for (size_t i = 0; i < stands->count; i++) {
			struct stand *stand = &stands->list[i];
			if (strlen(stand->at->identity) != identity_len ||
				memcmp(stand->at->identity, line, identity_len) != 0 ||
				history_changed(history, stand->at) > version)
				continue;
			stand->pinned = true;
			good = true;
		}
		if (good) {
			buffer_append(&kept, line, len);
			buffer_putc(&kept, '\n');
		}
		line += len + (line[len] == '\n');
	}
	if (kept.len == 0 && !kept.failed)
		state->pins = NULL;
	else if (!kept.failed && kept.len != strlen(state->pins))
		state->pins = arena_strndup(arena, kept.data, kept.len);
	buffer_clear(&kept);
}

/* Takes the stands along the changes in the order in which these came. */
static void follow(struct stands *stands, const struct history *history)
{
	for (size_t step = 0; step < history->count; step++) {
		const struct number *from = NULL, *to = NULL;
		bool taken = false;
		for (size_t i = 0; i < stands->count; i++) {
			const struct stand *stand = &stands->list[i];
			if (!stand->merged && !stand->pinned &&
				stand->at->state == NUMBER_REPLACED && stand->at->successor &&
				(!from || stand->at->to < from->to))
				from = stand->at;
		}
		if (from)
			to = history_find(history, from->successor);
		if (!to)
			return;
		for (size_t i = 0; i < stands->count && !taken; i++)
			taken = !stands->list[i].merged && stands->list[i].at == to;
		for (size_t i = 0; i < stands->count; i++) {
			struct stand *stand = &stands->list[i];
			if (stand->at != from || stand->pinned)
				continue;
			/* One that was merged goes along with what it was merged into. */
			stand->at = to;
			stand->moved = true;
			stand->merged |= taken;
		}
	}
}

const char *update_kind(const struct number *number, const char *region)
{
	struct phone phone;
	if (strcmp(number->kind, "cell") == 0)
		return "mobile";
	if (strcmp(number->kind, "voice") != 0)
		return number->kind;
	phone_read(&phone, number->value, region);
	return phone.kind == PHONE_FIXED ? "landline" : "phone";
}

/* Gives tel the number, as a URI or, where that would not be read as the same number or the holder
 * prefers it, as text. */
static void set_number(struct vcard *card, struct vcard_property *tel, const struct number *number,
	bool as_text, const char *region)
{
	bool is_uri = strncmp(number->value, "tel:", 4) == 0;
	struct phone phone;
	if (as_text || !is_uri) {
		const char *text = as_text ? number->display : number->value;
		phone_read(&phone, text, region);
		if (!is_uri || strcmp(phone.identity, number->identity) == 0) {
			vcard_set_text(card, tel, "text", text);
			return;
		}
	}
	vcard_set_text(card, tel, "uri", number->value);
}

static const char *date_of(struct arena *arena, int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm;
	char text[16] = "19700101";
	if (gmtime_r(&t, &tm) && strftime(text, sizeof text, "%Y%m%d", &tm) == 0)
		return NULL;
	return arena_strdup(arena, text);
}

/* Brings one TEL to where its stand has come, and writes what was done. */
static void settle(struct buffer *out, struct arena *arena, struct vcard *card,
	const struct stand *stand, const char *region, int64_t today)
{
	const struct number *at = stand->at;
	if (stand->pinned)
		return;
	struct what what = {.place = stand->place,
		.kind = update_kind(at, region),
		.identity = at->identity,
		.old_display = "",
		.display = at->display,
		.tel = stand->tel};
	if (stand->moved) {
		struct what moved = what;
		struct phone old;
		vcard_tel(stand->tel, region, &old);
		moved.verb = UPDATE_REPLACED;
		moved.merged = stand->merged;
		moved.old_display = old.display;
		what_write(out, &moved);
		if (stand->merged) {
			vcard_remove(card, stand->tel);
			return;
		}
		set_number(
			card, stand->tel, at, strcmp(stand->tel->value_type, "uri") != 0, region);
	}
	bool is_marked = vcard_get_param(stand->tel, VCARD_PARAM_RETIRED);
	/* One that takes the place of a marked one is said to be so, too. */
	if (at->state == NUMBER_RETIRED && (!is_marked || stand->moved)) {
		what.verb = UPDATE_MARKED;
		what_write(out, &what);
		vcard_set_param(card, stand->tel, VCARD_PARAM_RETIRED, date_of(arena, today));
		vcard_set_param(card, stand->tel, "PREF", "100");
	} else if (at->state == NUMBER_CURRENT && is_marked) {
		const char *pref = vcard_get_param(stand->tel, "PREF");
		what.verb = UPDATE_UNMARKED;
		what_write(out, &what);
		vcard_set_param(card, stand->tel, VCARD_PARAM_RETIRED, NULL);
		if (pref && strcmp(pref, "100") == 0)
			vcard_set_param(card, stand->tel, "PREF", NULL);
	}
}

/* Adds what was added since version `since`, as far as the card has it not. stands: as settled. */
static void add_new(struct buffer *out, struct arena *arena, struct vcard *card,
	const struct stands *stands, const struct history *history, int64_t since,
	const char *region)
{
	struct vcard_property *last = NULL;
	bool *has = arena_alloc(arena, (history->count + 1) * sizeof *has);
	if (!has)
		return;
	for (size_t i = 0; i < stands->count; i++)
		has[stands->list[i].at - history->numbers] = true;
	for (struct vcard_property *p = vcard_first(card, "TEL"); p; p = vcard_next(p, "TEL"))
		last = p;
	for (size_t i = 0; i < history->count; i++) {
		const struct number *end;
		if (history->numbers[i].added <= since)
			continue;
		end = history_end(history, &history->numbers[i]);
		if (end->state != NUMBER_CURRENT || has[end - history->numbers])
			continue;
		has[end - history->numbers] = true;
		last = vcard_add(card, last, "TEL", "text", "");
		if (!last)
			return;
		set_number(card, last, end, false, region);
		vcard_add_type(card, last, end->kind);
		what_write(out, &(struct what){.verb = UPDATE_ADDED,
					.kind = update_kind(end, region),
					.identity = end->identity,
					.old_display = "",
					.display = end->display,
					.tel = last});
	}
}

const char *update_card(struct arena *arena, struct vcard *card, struct update_state *state,
	const struct history *history, int64_t version, bool add, const char *region, int64_t today)
{
	struct stands stands;
	struct buffer out;
	const char *what = NULL;

	read_stands(&stands, arena, card, history, region);
	apply_pins(&stands, arena, state, history);
	follow(&stands, history);
	if (arena_failed(arena))
		return NULL;
	buffer_init(&out, 0);
	for (size_t i = 0; i < stands.count; i++)
		settle(&out, arena, card, &stands.list[i], region, today);
	if (add)
		add_new(&out, arena, card, &stands, history, state->applied, region);
	if (version > state->applied)
		state->applied = version;
	if (out.failed)
		arena_alloc(arena, SIZE_MAX / 2); /* no memory: told as any lack of it */
	else if (out.len > 0)
		what = arena_strndup(arena, out.data, out.len);
	buffer_clear(&out);
	return what;
}

void update_pins(struct arena *arena, const struct vcard *card, struct update_state *state,
	const struct history *history, const char *region)
{
	struct stands stands;
	if (!state->pins)
		return;
	read_stands(&stands, arena, card, history, region);
	apply_pins(&stands, arena, state, history);
}

bool update_carries(const struct vcard *card, const struct history *history, const char *region,
	int64_t current_at)
{
	for (const struct vcard_property *p = vcard_first(card, "TEL"); p;
		p = vcard_next(p, "TEL")) {
		const struct number *number = history_find_tel(history, p, region);
		if (number && (current_at < 0 || number_was_current(number, current_at)))
			return true;
	}
	return false;
}
