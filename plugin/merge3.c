/* The three-way merge of one contact, property by property. */
#include "config.h"

#include "plugin/merge3.h"

#include <string.h>

#include "common/arena.h"
#include "common/phone.h"
#include "common/vcard.h"

/* What one side did to one property; old NULL: added, now NULL: removed. */
struct edit {
	struct edit *next;
	const struct vcard_property *old, *now;
	bool settled; /* the other side did the same, or it lost */
};

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* Each side's own business, never carried over. */
static bool is_ignored(const char *name)
{
	static const char *const names[] = {"UID", "PRODID", "VERSION", NULL};

	return is_one_of(name, names);
}

/* At most one in a card (RFC 6350, 6; FN: in practice). */
static bool is_single(const char *name)
{
	static const char *const names[] = {
		"FN", "N", "BDAY", "ANNIVERSARY", "GENDER", "KIND", "REV", NULL};

	return is_one_of(name, names);
}

/* ---- Comparing across formats ---- */
/* Values of a and b are the same text, empty ones at the end aside. */
static bool same_values(const struct vcard_text *a, const struct vcard_text *b)
{
	while (a || b) {
		if (strcmp(a ? a->text : "", b ? b->text : "") != 0)
			return false;
		a = a ? a->next : NULL;
		b = b ? b->next : NULL;
	}
	return true;
}

static bool is_like(
	const struct vcard_property *a, const struct vcard_property *b, const char *region)
{
	const struct vcard_component *p = a->components, *q = b->components;

	if (strcmp(a->name, b->name) != 0)
		return false;
	if (a->xml || b->xml)
		return vcard_property_equal(a, b);
	if (strcmp(a->name, "TEL") == 0) {
		struct phone phone_a, phone_b;

		vcard_tel(a, region, &phone_a);
		vcard_tel(b, region, &phone_b);
		if (phone_a.identity[0] && phone_b.identity[0])
			return strcmp(phone_a.identity, phone_b.identity) == 0;
	}
	while (p || q) {
		if (!same_values(p ? p->values : NULL, q ? q->values : NULL))
			return false;
		p = p ? p->next : NULL;
		q = q ? q->next : NULL;
	}
	return true;
}

struct vcard_property *merge3_find(
	const struct vcard *card, const struct vcard_property *property, const char *region)
{
	struct vcard_property *p = vcard_first(card, property->name);

	while (p && !is_like(p, property, region))
		p = vcard_next(p, property->name);
	return p;
}

/* The property that was `old` on the other side: the same, else the only one of its name. */
static struct vcard_property *find_counterpart(
	const struct vcard *card, const struct vcard_property *old, const char *region)
{
	struct vcard_property *found = merge3_find(card, old, region);

	if (found)
		return found;
	found = vcard_first(card, old->name);
	return found && is_single(old->name) && !vcard_next(found, old->name) ? found : NULL;
}

/* ---- Changing ---- */
struct vcard_property *merge3_put(
	struct vcard *card, struct vcard_property *old, const struct vcard_property *property)
{
	struct vcard_property *place = old, *copy, *p;

	for (p = vcard_first(card, property->name); !old && p; p = vcard_next(p, property->name))
		place = p;
	copy = vcard_add_copy(card, property);
	if (!copy)
		return NULL;
	if (place && copy->prev != place) {
		/* From the end to right behind place. */
		copy->prev->next = NULL;
		card->last = copy->prev;
		copy->prev = place;
		copy->next = place->next;
		place->next->prev = copy;
		place->next = copy;
	}
	if (old)
		vcard_remove(card, old);
	return copy;
}

/* Brings an edit to the other side's card; true if that changed it. */
static bool apply(struct vcard *card, const struct vcard_property *old,
	const struct vcard_property *now, const char *region)
{
	struct vcard_property *there = old ? find_counterpart(card, old, region) : NULL;

	if (!now) {
		/* A card without a name is none (RFC 6350, 6.2.1). */
		if (!there || (strcmp(there->name, "FN") == 0 && vcard_first(card, "FN") == there &&
				      !vcard_next(there, "FN")))
			return false;
		vcard_remove(card, there);
		return true;
	}
	if (!there && !old && merge3_find(card, now, region))
		return false;
	if (!there && is_single(now->name))
		there = vcard_first(card, now->name);
	if (there && vcard_property_equal(there, now))
		return false;
	return merge3_put(card, there, now) != NULL;
}

/* ---- What a side did ---- */
struct mark {
	const struct vcard_property *property; /* NULL: settled */
};

/* Of a card, what has no equal in the other. */
struct marks {
	struct mark *left;
	size_t count;
};

static int leftovers(
	struct arena *arena, const struct vcard *card, const struct vcard *other, struct marks *out)
{
	size_t count = 0, used_count = 0;
	struct mark *used;

	for (const struct vcard_property *p = card->first; p; p = p->next)
		count++;
	for (const struct vcard_property *p = other->first; p; p = p->next)
		used_count++;
	out->left = arena_alloc(arena, (count + 1) * sizeof(*out->left));
	used = arena_alloc(arena, (used_count + 1) * sizeof(*used));
	out->count = used_count = 0;
	if (!out->left || !used)
		return -1;
	for (const struct vcard_property *p = card->first; p; p = p->next) {
		const struct vcard_property *q = other->first;

		for (; q; q = q->next) {
			bool is_used = false;

			for (size_t i = 0; i < used_count && !is_used; i++)
				is_used = used[i].property == q;
			if (!is_used && vcard_property_equal(p, q))
				break;
		}
		if (q)
			used[used_count++].property = q;
		else if (!is_ignored(p->name))
			out->left[out->count++].property = p;
	}
	return 0;
}

static size_t count_named(const struct marks *marks, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < marks->count; i++)
		count +=
			marks->left[i].property && strcmp(marks->left[i].property->name, name) == 0;
	return count;
}

/* What became of old: the same value with other parameters; else one of the same types; else the
 * only one left of the name, if old is the only one too. */
static struct mark *find_successor(const struct marks *olds, const struct marks *news,
	const struct vcard_property *old, const char *region)
{
	struct mark *same_type = NULL, *only = NULL;
	const char *type = vcard_get_param(old, "TYPE");

	for (size_t i = 0; i < news->count; i++) {
		const struct vcard_property *now = news->left[i].property;
		const char *now_type = now ? vcard_get_param(now, "TYPE") : NULL;

		if (!now || strcmp(now->name, old->name) != 0)
			continue;
		if (is_like(now, old, region))
			return &news->left[i];
		if (!same_type && type && now_type && strcmp(type, now_type) == 0)
			same_type = &news->left[i];
		only = &news->left[i];
	}
	if (same_type)
		return same_type;
	return only && count_named(news, old->name) == 1 && count_named(olds, old->name) == 1
		       ? only
		       : NULL;
}

static struct edit *add_edit(struct arena *arena, struct edit ***end,
	const struct vcard_property *old, const struct vcard_property *now)
{
	struct edit *edit = arena_alloc(arena, sizeof(*edit));

	if (!edit)
		return NULL;
	edit->old = old;
	edit->now = now;
	**end = edit;
	*end = &edit->next;
	return edit;
}

static int diff(struct arena *arena, const struct vcard *base, const struct vcard *now,
	const char *region, struct edit **edits)
{
	struct marks olds, news;
	struct edit **end = edits;

	*edits = NULL;
	if (leftovers(arena, base, now, &olds) != 0 || leftovers(arena, now, base, &news) != 0)
		return -1;
	for (size_t i = 0; i < olds.count; i++) {
		const struct vcard_property *old = olds.left[i].property;
		struct mark *successor = find_successor(&olds, &news, old, region);

		if (!add_edit(arena, &end, old, successor ? successor->property : NULL))
			return -1;
		olds.left[i].property = NULL; /* what is left on both sides is counted */
		if (successor)
			successor->property = NULL;
	}
	for (size_t i = 0; i < news.count; i++)
		if (news.left[i].property && !add_edit(arena, &end, NULL, news.left[i].property))
			return -1;
	return 0;
}

/* ---- Bringing both together ---- */
static bool is_about_same(const struct edit *a, const struct edit *b, const char *region)
{
	const char *name_a = a->old ? a->old->name : a->now->name;
	const char *name_b = b->old ? b->old->name : b->now->name;

	if (strcmp(name_a, name_b) != 0)
		return false;
	return is_single(name_a) || (a->old && b->old && is_like(a->old, b->old, region));
}

static bool is_same_outcome(const struct edit *a, const struct edit *b, const char *region)
{
	return (!a->now && !b->now) || (a->now && b->now && is_like(a->now, b->now, region));
}

static int add_conflict(struct arena *arena, struct merge3_out *out, const struct edit *won,
	const struct edit *lost)
{
	struct merge3_conflict *conflict = arena_alloc(arena, sizeof(*conflict));

	if (!conflict)
		return -1;
	conflict->name = won->old ? won->old->name : won->now->name;
	conflict->kept = won->now;
	conflict->lost = lost->now;
	conflict->next = out->conflicts;
	out->conflicts = conflict;
	return 0;
}

/* Both sides edited one property: the newer edit goes over the other. */
static int settle(struct arena *arena, const struct merge3_in *in, struct merge3_out *out,
	struct edit *edits[2])
{
	enum merge3_side winner = in->newer, loser = (enum merge3_side) !winner;

	for (struct edit *won = edits[winner]; won; won = won->next) {
		for (struct edit *lost = edits[loser]; lost; lost = lost->next) {
			if (won->settled || lost->settled || !is_about_same(won, lost, in->region))
				continue;
			won->settled = lost->settled = true;
			if (is_same_outcome(won, lost, in->region))
				continue;
			out->changed[loser] |=
				apply(out->card[loser], lost->now, won->now, in->region);
			if (strcmp(won->old ? won->old->name : won->now->name, "REV") != 0 &&
				add_conflict(arena, out, won, lost) != 0)
				return -1;
		}
	}
	return 0;
}

/* Cards that never agreed: their base is what they have in common. */
static struct vcard *common_part(struct arena *arena, const struct vcard *card,
	const struct vcard *other, const char *region)
{
	struct vcard *part = vcard_new(arena);

	for (const struct vcard_property *p = card->first; part && p; p = p->next)
		if (merge3_find(other, p, region))
			vcard_add_copy(part, p);
	return part;
}

int merge3_run(struct arena *arena, const struct merge3_in *in, struct merge3_out *out)
{
	struct edit *edits[2] = {NULL, NULL};

	memset(out, 0, sizeof(*out));
	for (int side = 0; side < 2; side++) {
		const struct vcard *base = in->base[side];

		if (!base)
			base = common_part(arena, in->now[side], in->now[!side], in->region);
		out->card[side] = vcard_copy(arena, in->now[side]);
		if (!base || !out->card[side] ||
			diff(arena, base, in->now[side], in->region, &edits[side]) != 0)
			return -1;
	}
	if (settle(arena, in, out, edits) != 0)
		return -1;
	for (int side = 0; side < 2; side++)
		for (const struct edit *edit = edits[side]; edit; edit = edit->next)
			if (!edit->settled)
				out->changed[!side] |=
					apply(out->card[!side], edit->old, edit->now, in->region);
	return arena_failed(arena) ? -1 : 0;
}
