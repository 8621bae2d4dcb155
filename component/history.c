/* The history of an account's numbers: what a new profile does to it (design: section 4). */
#include "component/history.h"

#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/phone.h"
#include "common/vcard.h"

#define END_DIGITS 4 /* that every writing of a number has at its end */

/* A number that the new profile lists. */
struct listed {
	const char *identity, *kind, *value, *display;
	const char *note;      /* what is said behind it in words: phone_charge_note() */
	bool stays;	       /* it was current before */
	bool paired;	       /* it replaces another */
	const char *successor; /* what had replaced it when it was last seen; NULL none */
};

const struct number *history_find(const struct history *history, const char *identity)
{
	for (size_t i = 0; i < history->count; i++)
		if (strcmp(history->numbers[i].identity, identity) == 0)
			return &history->numbers[i];
	return NULL;
}

/* True if any number ends with the same digits, as all writings of one number do. */
static bool has_end(const struct history *history, const char *digits)
{
	size_t len = strlen(digits);
	const char *end = len > END_DIGITS ? digits + len - END_DIGITS : digits;

	for (size_t i = 0; i < history->count; i++) {
		const char *identity = history->numbers[i].identity;
		size_t most = strcspn(identity, ";"); /* before an extension */
		size_t end_len = strlen(end);

		if (most >= end_len && memcmp(identity + most - end_len, end, end_len) == 0)
			return true;
	}
	return false;
}

const struct number *history_find_tel(
	const struct history *history, const struct vcard_property *tel, const char *region)
{
	char digits[PHONE_INPUT_MAX + 1];
	const struct number *number;
	struct phone phone;

	if (phone_read_plain(digits, vcard_text(tel))) {
		number = *digits == '+' ? history_find(history, digits) : NULL;
		if (number || !has_end(history, digits))
			return number;
	}
	vcard_tel(tel, region, &phone);
	return *phone.identity ? history_find(history, phone.identity) : NULL;
}

/* What replaced number; NULL if nothing did. */
static const struct number *next_of(const struct history *history, const struct number *number)
{
	if (number->state != NUMBER_REPLACED || !number->successor)
		return NULL;
	return history_find(history, number->successor);
}

bool number_was_current(const struct number *number, int64_t version)
{
	return number->from <= version && (number->to == 0 || version < number->to);
}

/* Both walks are bounded, so that a damaged store can't hold the program. */
const struct number *history_end(const struct history *history, const struct number *number)
{
	for (size_t i = 0; i < history->count; i++) {
		const struct number *next = next_of(history, number);
		if (!next)
			break;
		number = next;
	}
	return number;
}

int64_t history_changed(const struct history *history, const struct number *number)
{
	int64_t newest = 0;
	for (size_t i = 0; number && i <= history->count; i++) {
		if (number->from > newest)
			newest = number->from;
		if (number->to > newest)
			newest = number->to;
		number = next_of(history, number);
	}
	return newest;
}

/* A number as it goes into cards: as a URI if it can be called from everywhere. */
static const char *value_of(
	struct arena *arena, const struct vcard_property *tel, const struct phone *phone)
{
	if (*phone->uri)
		return arena_strdup(arena, phone->uri);
	if (*phone->identity == '+')
		return arena_printf(arena, "tel:%s", phone->identity);
	return arena_strdup(arena, vcard_text(tel));
}

/* The numbers of profile, each identity once, in order; NULL: none, or no memory. */
static struct listed *list_numbers(
	struct arena *arena, const struct vcard *profile, const char *region, size_t *count)
{
	size_t most = 0;
	*count = 0;
	for (struct vcard_property *tel = vcard_first(profile, "TEL"); tel;
		tel = vcard_next(tel, "TEL"))
		most++;
	struct listed *list = most > 0 ? arena_alloc(arena, most * sizeof *list) : NULL;
	if (!list)
		return NULL;

	for (struct vcard_property *tel = vcard_first(profile, "TEL"); tel;
		tel = vcard_next(tel, "TEL")) {
		struct phone phone;
		vcard_tel(tel, region, &phone);
		bool wanted = *phone.identity && !vcard_get_param(tel, VCARD_PARAM_RETIRED);
		for (size_t i = 0; wanted && i < *count; i++)
			wanted = strcmp(list[i].identity, phone.identity) != 0;
		if (!wanted)
			continue;
		struct listed *new = &list[(*count)++];
		new->identity = arena_strdup(arena, phone.identity);
		new->kind = arena_strdup(arena, vcard_tel_kind(tel, &phone));
		new->value = value_of(arena, tel, &phone);
		new->display = arena_strdup(arena, phone.display);
		new->note = phone_charge_note(phone.charge);
		if (arena_failed(arena)) {
			*count = 0;
			return NULL;
		}
	}
	return list;
}

/* The listed number of that kind which is new and replaces nothing yet; NULL if there is none. */
static struct listed *pair_for(struct listed *list, size_t count, const char *kind)
{
	for (size_t i = 0; i < count; i++)
		if (!list[i].stays && !list[i].paired && strcmp(list[i].kind, kind) == 0)
			return &list[i];
	return NULL;
}

static bool refresh(struct number *number, const struct listed *listed)
{
	bool same = strcmp(number->kind, listed->kind) == 0 &&
		    strcmp(number->value, listed->value) == 0 &&
		    strcmp(number->display, listed->display) == 0;
	number->kind = listed->kind;
	number->value = listed->value;
	number->display = listed->display;
	return !same;
}

/* Ends what is current and not listed any more: replaced where there is one to pair it with. */
static void end_numbers(struct history_change *change, struct listed *list, size_t count,
	int64_t version, struct buffer *what)
{
	for (size_t i = 0; i < change->after.count; i++) {
		struct number *number = &change->after.numbers[i];
		if (number->state != NUMBER_CURRENT)
			continue;
		struct listed *listed = NULL;
		for (size_t j = 0; j < count && !listed; j++)
			if (strcmp(list[j].identity, number->identity) == 0)
				listed = &list[j];
		if (listed) {
			listed->stays = true;
			if (refresh(number, listed))
				change->refreshed = true;
		} else {
			number->to = version;
			number->state = NUMBER_RETIRED;
			change->changed = true;
		}
	}
	/* Pairing needs to know all that stay. */
	for (size_t i = 0; i < change->after.count; i++) {
		struct number *number = &change->after.numbers[i];
		if (number->to != version)
			continue;
		struct listed *by = pair_for(list, count, number->kind);
		if (by) {
			by->paired = true;
			number->state = NUMBER_REPLACED;
			number->successor = by->identity;
			buffer_printf(what, "%s%s %s -> %s%s", what->len > 0 ? "; " : "",
				number->kind, number->display, by->display, by->note);
		} else {
			buffer_printf(what, "%sretired %s %s", what->len > 0 ? "; " : "",
				number->kind, number->display);
		}
	}
}

/* Makes current what is listed and was not. */
static void begin_numbers(struct history_change *change, struct listed *list, size_t count,
	int64_t version, struct buffer *what)
{
	struct history *after = &change->after;
	for (size_t i = 0; i < count; i++) {
		if (list[i].stays)
			continue;
		struct number *number = NULL;
		for (size_t j = 0; j < after->count && !number; j++)
			if (strcmp(after->numbers[j].identity, list[i].identity) == 0)
				number = &after->numbers[j];
		if (!number) {
			number = &after->numbers[after->count++];
			*number = (struct number){.identity = list[i].identity};
		}
		list[i].successor = number->successor;
		number->kind = list[i].kind;
		number->value = list[i].value;
		number->display = list[i].display;
		number->state = NUMBER_CURRENT;
		number->from = version;
		number->to = 0;
		number->successor = NULL;
		change->changed = true;
		if (list[i].paired)
			continue;
		number->added = version;
		buffer_printf(what, "%sadded %s %s%s", what->len > 0 ? "; " : "", number->kind,
			number->display, list[i].note);
	}
	/* Where a number is current again, what had replaced it is no longer reached by its chain.
	 */
	for (size_t i = 0; i < count; i++) {
		const struct number *cut =
			list[i].successor ? history_find(after, list[i].successor) : NULL;
		if (!cut || strcmp(history_end(after, cut)->identity, list[i].identity) == 0)
			continue;
		struct number *number = &after->numbers[cut - after->numbers];
		if (number->added < number->from)
			number->added = number->from;
	}
}

/* Along a chain `to` rises, so that nothing that is kept points at what is forgotten. */
static void forget_oldest(struct history *history)
{
	while (history->count > HISTORY_NUMBERS_MAX) {
		struct number *oldest = NULL;
		for (size_t i = 0; i < history->count; i++) {
			struct number *number = &history->numbers[i];
			if (number->state != NUMBER_CURRENT && (!oldest || number->to < oldest->to))
				oldest = number;
		}
		if (!oldest)
			return;
		size_t behind = history->count - 1 - (size_t)(oldest - history->numbers);
		memmove(oldest, oldest + 1, behind * sizeof *oldest);
		history->count--;
	}
}

void history_compare(struct history_change *change, struct arena *arena,
	const struct history *before, const struct vcard *profile, const char *region,
	int64_t version)
{
	size_t count;
	struct listed *list = list_numbers(arena, profile, region, &count);
	*change = (struct history_change){.what = ""};
	if (before->count + count == 0)
		return;
	change->after.numbers =
		arena_alloc(arena, (before->count + count) * sizeof *change->after.numbers);
	if (!change->after.numbers || arena_failed(arena))
		return;
	if (before->count > 0)
		memcpy(change->after.numbers, before->numbers,
			before->count * sizeof *before->numbers);
	change->after.count = before->count;

	struct buffer what;
	buffer_init(&what, 0);
	end_numbers(change, list, count, version, &what);
	begin_numbers(change, list, count, version, &what);
	forget_oldest(&change->after);
	change->what = arena_strdup(arena, buffer_string(&what));
	if (!change->what) /* the buffer had no memory for it: it is for the log only */
		change->what = "";
	buffer_clear(&what);
}
