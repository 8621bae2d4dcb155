/* Bringing a card into a contact: see merge.h. */
#include "common/merge.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <stringprep.h>

#include "common/arena.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "common/vcard_schema.h"

#define NAME_MAX_BYTES 1024 /* of a name that is compared beyond ASCII */

struct group_name {
	struct group_name *next;
	const char *incoming, *ours;
};

struct merge {
	struct arena *arena;
	struct vcard *contact;
	const struct vcard *incoming;
	const char *region;
	struct group_name *groups;
	unsigned last_group; /* the number of the last "item%u" that was tried */
	bool changed;
};

/* ---- Comparing ---- */
static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next character that counts: case of ASCII and amount of white space don't. */
static int next_folded(const char **text)
{
	const char *at = *text;

	if (is_space(*at)) {
		while (is_space(*at))
			at++;
		*text = at;
		return *at ? ' ' : '\0';
	}
	if (*at)
		*text = at + 1;
	return tolower((unsigned char)*at);
}

static bool are_alike(const char *a, const char *b)
{
	int x, y;

	while (is_space(*a))
		a++;
	while (is_space(*b))
		b++;
	do {
		x = next_folded(&a);
		y = next_folded(&b);
	} while (x == y && x != '\0');
	return x == y;
}

/* The same of names, with the case of all scripts (RFC 3454, B.2). */
static bool are_names_alike(const char *a, const char *b)
{
	char x[NAME_MAX_BYTES], y[NAME_MAX_BYTES];

	if (are_alike(a, b))
		return true;
	if (strlen(a) >= sizeof x || strlen(b) >= sizeof y)
		return false;
	strcpy(x, a);
	strcpy(y, b);
	return stringprep(x, sizeof x, 0, stringprep_nameprep) == STRINGPREP_OK &&
	       stringprep(y, sizeof y, 0, stringprep_nameprep) == STRINGPREP_OK && are_alike(x, y);
}

static const char *component_value(const struct vcard_component *component)
{
	return component && component->values ? component->values->text : "";
}

static bool are_values_alike(const struct vcard_property *a, const struct vcard_property *b)
{
	const struct vcard_component *x = a->components, *y = b->components;

	if (a->xml || b->xml) {
		struct vcard_property other = *b;

		other.group = a->group;
		return a->xml && b->xml && vcard_property_equal(a, &other);
	}
	for (; x || y; x = x ? x->next : NULL, y = y ? y->next : NULL) {
		const struct vcard_text *v = x && x->values ? x->values->next : NULL;
		const struct vcard_text *w = y && y->values ? y->values->next : NULL;

		if (!are_alike(component_value(x), component_value(y)))
			return false;
		for (; v && w; v = v->next, w = w->next)
			if (!are_alike(v->text, w->text))
				return false;
		if (v || w)
			return false;
	}
	return true;
}

static bool is_blank(const struct vcard_property *property)
{
	if (property->xml)
		return false;
	for (const struct vcard_component *c = property->components; c; c = c->next)
		for (const struct vcard_text *v = c->values; v; v = v->next)
			if (!are_alike(v->text, ""))
				return false;
	return true;
}

/* ---- Adding ---- */
static bool has_group(const struct vcard *card, const char *group)
{
	for (const struct vcard_property *p = card->first; p; p = p->next)
		if (p->group && strcasecmp(p->group, group) == 0)
			return true;
	return false;
}

static bool is_label(const struct vcard_property *property)
{
	return property->group && strncmp(property->name, "X-AB", 4) == 0;
}

/* A group of incoming under a name that is free in the contact, with the labels that belong to it.
 */
static const char *our_group(struct merge *merge, const char *group)
{
	struct group_name *name = merge->groups;

	while (name && strcasecmp(name->incoming, group) != 0)
		name = name->next;
	if (name)
		return name->ours;
	if (!(name = arena_alloc(merge->arena, sizeof *name)))
		return NULL;
	name->incoming = group;
	name->ours = arena_strdup(merge->arena, group);
	while (name->ours && has_group(merge->contact, name->ours))
		name->ours = arena_printf(merge->arena, "item%u", ++merge->last_group);
	name->next = merge->groups;
	merge->groups = name;
	for (const struct vcard_property *p = merge->incoming->first; p; p = p->next) {
		struct vcard_property *label = is_label(p) && strcasecmp(p->group, group) == 0
						       ? vcard_add_copy(merge->contact, p)
						       : NULL;

		if (label)
			label->group = name->ours;
	}
	return name->ours;
}

static struct vcard_property *add(struct merge *merge, const struct vcard_property *property)
{
	bool first = !vcard_first(merge->contact, property->name);
	struct vcard_property *copy = vcard_add_copy(merge->contact, property);

	if (!copy)
		return NULL;
	merge->changed = true;
	if (!first)
		vcard_set_param(merge->contact, copy, "PREF", NULL);
	copy->group = NULL; /* the group is named before it is in use here */
	if (property->group)
		copy->group = our_group(merge, property->group);
	return copy;
}

/* ---- Names ---- */
/* True for what a program puts where a name is missing: a number, or an e-mail address. */
static bool is_no_name(const char *text)
{
	if (strchr(text, '@') && !strpbrk(text, " \t\n"))
		return true;
	return text[strspn(text, "+-.()/ \t\n0123456789")] == '\0';
}

static bool has_no_name(const struct vcard_property *property)
{
	for (const struct vcard_component *c = property->components; c; c = c->next)
		for (const struct vcard_text *v = c->values; v; v = v->next)
			if (!is_no_name(v->text))
				return false;
	return !property->xml;
}

/* FN and N go together: an N beside a name of the user's own would show as another name. */
static void merge_names(struct merge *merge)
{
	struct vcard_property *fn = vcard_first(merge->contact, "FN");
	struct vcard_property *n = vcard_first(merge->contact, "N");
	const struct vcard_property *their_n = vcard_first(merge->incoming, "N");
	const char *name = vcard_name(merge->incoming);
	bool named = fn && !has_no_name(fn);

	if (!is_no_name(name) && !named && !(n && !has_no_name(n))) {
		if (fn)
			vcard_set_text(merge->contact, fn, "text", name);
		else
			fn = vcard_add(merge->contact, NULL, "FN", "text", name);
		merge->changed = true;
	} else if (!fn) { /* RFC 6350, 6.2.1: there must be one */
		const char *ours = vcard_name(merge->contact);

		if (*ours || *name) {
			fn = vcard_add(merge->contact, NULL, "FN", "text", *ours ? ours : name);
			merge->changed = true;
		}
	}
	if (their_n && !has_no_name(their_n) && (!n || has_no_name(n)) && fn &&
		are_names_alike(vcard_text(fn), name)) {
		vcard_remove(merge->contact, n);
		add(merge, their_n);
	}
}

/* ---- Numbers ---- */
/* TYPE as the phone book has it; `cell` of a landline is a mistake of the card. */
static void set_kind(struct merge *merge, struct vcard_property *tel, const struct phone *phone)
{
	if (phone->kind == PHONE_FIXED)
		for (struct vcard_param *param = tel->params; param; param = param->next) {
			struct vcard_text **at = &param->values;

			if (strcmp(param->name, "TYPE") != 0)
				continue;
			while (*at)
				if (strcasecmp((*at)->text, "cell") == 0)
					*at = (*at)->next;
				else
					at = &(*at)->next;
			if (!param->values) {
				vcard_set_param(merge->contact, tel, "TYPE", NULL);
				break;
			}
		}
	vcard_add_type(merge->contact, tel, vcard_tel_kind(tel, phone));
}

/* What a TEL is known by: its identity, or its text where it has none. NULL: no memory. */
static const char *tel_key(struct arena *arena, const struct vcard_property *tel,
	const char *region, struct phone *phone)
{
	vcard_tel(tel, region, phone);
	return arena_strdup(arena, phone->identity[0] ? phone->identity : vcard_text(tel));
}

struct keys {
	const char *list[2 * VCARD_PROPERTIES_MAX];
	size_t count;
};

/* The keys of all TELs of card: each number is read once. NULL: no memory. */
static struct keys *tel_keys(struct arena *arena, const struct vcard *card, const char *region)
{
	struct keys *keys = arena_alloc(arena, sizeof *keys);
	struct phone phone;

	for (struct vcard_property *p = vcard_first(card, "TEL");
		p && keys && keys->count < VCARD_PROPERTIES_MAX; p = vcard_next(p, "TEL"))
		if (!(keys->list[keys->count++] = tel_key(arena, p, region, &phone)))
			return NULL;
	return keys;
}

static bool has_key(const struct keys *keys, const char *key)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->list[i], key) == 0)
			return true;
	return false;
}

static void merge_numbers(struct merge *merge)
{
	struct keys *keys = tel_keys(merge->arena, merge->contact, merge->region);
	struct phone phone;

	for (struct vcard_property *p = vcard_first(merge->incoming, "TEL");
		p && keys && keys->count < 2 * VCARD_PROPERTIES_MAX; p = vcard_next(p, "TEL")) {
		struct vcard_property *added;
		const char *key;

		if (is_blank(p) || vcard_get_param(p, VCARD_PARAM_RETIRED))
			continue;
		if (!(key = tel_key(merge->arena, p, merge->region, &phone)))
			return;
		if (has_key(keys, key))
			continue;
		keys->list[keys->count++] = key;
		if ((added = add(merge, p)))
			set_kind(merge, added, &phone);
	}
}

/* ---- All else ---- */
static bool is_in(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static void merge_property(struct merge *merge, const struct vcard_property *property, bool empty)
{
	static const char *const never[] = {
		"FN", "N", "TEL", "REV", "SOURCE", "PRODID", "CLIENTPIDMAP", "VERSION", NULL};
	static const char *const once[] = {"ANNIVERSARY", "BDAY", "GENDER", "KIND", "LANG", "LOGO",
		"ORG", "PHOTO", "ROLE", "TITLE", "TZ", NULL};
	const char *name = property->name;

	if (is_in(name, never) || is_label(property) || is_blank(property) ||
		(strcmp(name, "UID") == 0 && !empty))
		return;
	for (const struct vcard_property *p = vcard_first(merge->contact, name); p;
		p = vcard_next(p, name))
		if (is_in(name, once) ? !is_blank(p) : are_values_alike(p, property))
			return;
	add(merge, property);
}

enum merge_result merge_card(
	struct vcard *contact, const struct vcard *incoming, const char *region)
{
	struct merge merge = {.arena = contact->arena,
		.contact = contact,
		.incoming = incoming,
		.region = region};
	bool empty = !contact->first;
	unsigned count = 0;

	merge_names(&merge);
	merge_numbers(&merge);
	for (const struct vcard_property *p = incoming->first; p; p = p->next)
		merge_property(&merge, p, empty);
	for (const struct vcard_property *p = contact->first; p; p = p->next)
		count++;
	if (arena_failed(contact->arena))
		return MERGE_NO_MEMORY;
	if (count > VCARD_PROPERTIES_MAX)
		return MERGE_FULL;
	return merge.changed ? MERGE_CHANGED : MERGE_UNCHANGED;
}

/* ---- The same person ---- */
/* What are_alike() leaves of a text; size of `to`: that of the text. */
static void fold(const char *text, char *to)
{
	int c;

	while (is_space(*text))
		text++;
	while ((c = next_folded(&text)) != '\0')
		*to++ = (char)c;
	*to = '\0';
}

/* A text that is the same for names that are alike; NULL: no memory. */
static const char *fold_name(struct arena *arena, const char *name)
{
	char *folded = arena_alloc(arena, strlen(name) + 1);
	char prepared[NAME_MAX_BYTES];

	if (!folded)
		return NULL;
	fold(name, folded);
	if (strlen(folded) >= sizeof prepared)
		return folded;
	strcpy(prepared, folded);
	if (stringprep(prepared, sizeof prepared, 0, stringprep_nameprep) != STRINGPREP_OK)
		return folded;
	if (!(folded = arena_strdup(arena, prepared)))
		return NULL;
	fold(prepared, folded);
	return folded;
}

static bool share_number(
	const struct vcard *contact, const struct vcard *incoming, const char *region)
{
	const struct keys *keys = tel_keys(contact->arena, contact, region);
	struct phone phone;

	for (struct vcard_property *p = vcard_first(incoming, "TEL"); p && keys;
		p = vcard_next(p, "TEL")) {
		vcard_tel(p, region, &phone);
		if (phone.identity[0] && has_key(keys, phone.identity))
			return true;
	}
	return false;
}

bool merge_is_same(const struct vcard *contact, const char *link, const struct vcard *incoming,
	const char *account, const char *region)
{
	const char *uid = vcard_text(vcard_first(incoming, "UID"));
	const char *name = vcard_name(incoming);

	if (link && account && strcmp(link, account) == 0)
		return true;
	if (*uid && strcmp(uid, vcard_text(vcard_first(contact, "UID"))) == 0)
		return true;
	return *name && are_names_alike(name, vcard_name(contact)) &&
	       share_number(contact, incoming, region);
}

const char *merge_uid_key(struct arena *arena, const char *uid)
{
	return arena_printf(arena, "uid %s", uid);
}

int merge_keys(struct arena *arena, const struct vcard *card, const char *account,
	const char *region, merge_key *key, void *context)
{
	const char *uid = vcard_text(vcard_first(card, "UID"));
	const char *name = fold_name(arena, vcard_name(card)), *text;
	struct phone phone;

	if (account && (text = arena_printf(arena, "link %s", account)))
		key(context, text);
	if (*uid && (text = merge_uid_key(arena, uid)))
		key(context, text);
	for (struct vcard_property *p = vcard_first(card, "TEL"); p && name && *name;
		p = vcard_next(p, "TEL")) {
		vcard_tel(p, region, &phone);
		if (phone.identity[0] &&
			(text = arena_printf(arena, "number %s %s", phone.identity, name)))
			key(context, text);
	}
	return arena_failed(arena) ? -1 : 0;
}
