/* Bringing what an ordinary client publishes into the profile (design: section 4, "History"). */
#include "component/profile_merge.h"

#include <string.h>

#include "common/arena.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "common/vcard_schema.h"
#include "common/xml.h"
#include "component/history.h"

/* Of the incoming card: those that have found their counterpart are taken out. */
struct merge {
	struct arena *arena;
	struct vcard *result;
	struct vcard *incoming; /* a copy: what is not yet in result */
	enum profile_source source;
	const char *region;
	struct missing_numbers *missing;
};

/* What the client was shown of a stored property; NULL: nothing, the source has no words for it. */
static const struct vcard_property *view_of(
	struct merge *merge, const struct vcard_property *property)
{
	struct vcard *card = vcard_new(merge->arena);

	if (merge->source == PROFILE_FROM_VCARD4)
		return !property->xml && vcard_schema_find(property->name) ? property : NULL;
	vcard_add_copy(card, property);
	card = vcard_from_temp(merge->arena, vcard_to_temp(merge->arena, card), NULL);
	return card ? card->first : NULL;
}

static bool same_value(
	struct merge *merge, const struct vcard_property *a, const struct vcard_property *b)
{
	struct vcard_property plain_a = *a, plain_b = *b;
	struct phone phone_a, phone_b;

	if (strcmp(a->name, "TEL") == 0 && strcmp(b->name, "TEL") == 0) {
		vcard_tel(a, merge->region, &phone_a);
		vcard_tel(b, merge->region, &phone_b);
		if (*phone_a.identity)
			return strcmp(phone_a.identity, phone_b.identity) == 0;
	}
	plain_a.params = plain_b.params = NULL;
	plain_a.group = plain_b.group = NULL;
	return vcard_property_equal(&plain_a, &plain_b);
}

static const struct vcard_param *types_of(const struct vcard_property *property)
{
	const struct vcard_param *param = property->params;

	while (param && strcmp(param->name, "TYPE") != 0)
		param = param->next;
	return param;
}

static bool has_types_of(const struct vcard_property *a, const struct vcard_property *b)
{
	const struct vcard_param *types = types_of(b);

	for (const struct vcard_text *type = types ? types->values : NULL; type; type = type->next)
		if (!vcard_has_type(a, type->text))
			return false;
	return true;
}

/* Gives stays what the client changed of view's TYPE and PREF. */
static void take_types(struct merge *merge, struct vcard_property *stays,
	const struct vcard_property *view, const struct vcard_property *new)
{
	const struct vcard_param *types = types_of(new);
	const char *pref = vcard_get_param(new, "PREF");

	if (!has_types_of(view, new) || !has_types_of(new, view)) {
		vcard_set_param(merge->result, stays, "TYPE", NULL);
		for (const struct vcard_text *t = types ? types->values : NULL; t; t = t->next)
			vcard_add_type(merge->result, stays, t->text);
	}
	if (!pref != !vcard_get_param(view, "PREF"))
		vcard_set_param(merge->result, stays, "PREF", pref);
}

/* A stored property: stays as it is, or with other types, or goes. */
static void merge_property(struct merge *merge, const struct vcard_property *stored)
{
	const struct vcard_property *view = view_of(merge, stored);
	struct vcard_property *found = NULL, *stays;

	if (!view) {
		vcard_add_copy(merge->result, stored);
		return;
	}
	for (struct vcard_property *p = merge->incoming->first; p; p = p->next) {
		if (vcard_property_equal(view, p)) {
			found = p;
			break;
		}
		if (!found && same_value(merge, view, p))
			found = p;
	}
	if (!found)
		return;
	stays = vcard_add_copy(merge->result, stored);
	if (stays)
		take_types(merge, stays, view, found);
	vcard_remove(merge->incoming, found);
}

/* A card may have a number twice. */
static void add_number(struct missing_numbers *missing, const struct number *number)
{
	for (size_t i = 0; i < missing->count; i++)
		if (missing->identities[i] == number->identity)
			return;
	missing->identities[missing->count++] = number->identity;
}

/* Numbers that would be retired by their absence: nobody said that they are given up. The history
 * is asked, so that one that a new one takes the place of is told from them as it will tell. */
static void keep_missing(
	struct merge *merge, const struct vcard *stored, const struct history *history)
{
	struct missing_numbers *missing = merge->missing;
	struct history_change change;

	missing->identities =
		arena_alloc(merge->arena, (history->count + 1) * sizeof(*missing->identities));
	if (!missing->identities)
		return;
	history_compare(&change, merge->arena, history, merge->result, merge->region, INT64_MAX);
	for (struct vcard_property *tel = vcard_first(stored, "TEL"); tel;
		tel = vcard_next(tel, "TEL")) {
		const struct number *was, *is;
		struct phone phone;

		vcard_tel(tel, merge->region, &phone);
		was = history_find(history, phone.identity);
		is = history_find(&change.after, phone.identity);
		if (!was || !is || was->state != NUMBER_CURRENT || is->state != NUMBER_RETIRED)
			continue;
		vcard_add_copy(merge->result, tel);
		add_number(missing, was);
	}
}

static void name_it(struct merge *merge, const struct vcard *stored, const char *jid)
{
	struct vcard *others;
	const char *name = stored ? vcard_text(vcard_first(stored, "FN")) : "";

	if (*vcard_text(vcard_first(merge->result, "FN")))
		return;
	if (!*name && (others = vcard_copy(merge->arena, merge->result))) {
		/* A number is for fewer eyes than a name. */
		for (struct vcard_property *p; (p = vcard_first(others, "TEL"));)
			vcard_remove(others, p);
		name = vcard_name(others);
	}
	if (!*name)
		name = arena_strndup(merge->arena, jid, strcspn(jid, "@"));
	for (struct vcard_property *p; (p = vcard_first(merge->result, "FN"));)
		vcard_remove(merge->result, p);
	vcard_add(merge->result, NULL, "FN", "text", name);
}

struct vcard *profile_merge(struct arena *arena, const struct vcard *stored,
	const struct vcard *incoming, enum profile_source source, const struct history *history,
	const char *region, const char *jid, struct missing_numbers *missing)
{
	struct merge merge = {.arena = arena,
		.result = vcard_new(arena),
		.incoming = vcard_copy(arena, incoming),
		.source = source,
		.region = region,
		.missing = missing};
	size_t count = 0;

	*missing = (struct missing_numbers){.count = 0};
	if (!merge.result || !merge.incoming)
		return NULL;
	for (const struct vcard_property *p = stored ? stored->first : NULL; p; p = p->next)
		merge_property(&merge, p);
	for (const struct vcard_property *p = merge.incoming->first; p; p = p->next)
		vcard_add_copy(merge.result, p);
	if (stored)
		keep_missing(&merge, stored, history);
	name_it(&merge, stored, jid);
	for (const struct vcard_property *p = merge.result->first; p; p = p->next)
		count++;
	return arena_failed(arena) || count > VCARD_PROPERTIES_MAX ? NULL : merge.result;
}
