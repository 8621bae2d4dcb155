/* A card as a form (XEP-0004; the words for kinds as in RFC 6350, 6.4.1). */
#include "component/card_form.h"

#include <string.h>

#include "common/arena.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/field.h"
#include "component/form.h"

#define ENTRIES_MAX 200 /* lines of all the numbers' fields */

/* In the order in which they are shown. Other kinds (pager, modem ...) are left alone. */
static const struct {
	const char *kind, *label;
} kinds[] = {
	{"cell", "Mobile"},
	{"work", "Work"},
	{"home", "Home"},
	{"voice", "Other numbers"},
	{"fax", "Fax"},
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* A number that was filled in. */
struct entry {
	const char *kind, *text;
	struct phone phone;
	bool is_done; /* the card has it */
};

struct entries {
	struct entry entries[ENTRIES_MAX];
	size_t count;
	bool has_field[KINDS];
};

/* ---- Single properties ---- */

void card_form_set_name(struct vcard *card, const char *name)
{
	struct vcard_property *property = vcard_first(card, "FN");

	if (property && strcmp(vcard_text(property), name) == 0)
		return;
	if (property)
		vcard_set_text(card, property, "text", name);
	else
		vcard_add(card, NULL, "FN", "text", name);
	while ((property = vcard_first(card, "N")))
		vcard_remove(card, property);
}

struct vcard_property *card_form_tel(const struct vcard *card, const struct vcard_property *after)
{
	struct vcard_property *tel = after ? vcard_next(after, "TEL") : vcard_first(card, "TEL");

	while (tel && vcard_get_param(tel, VCARD_PARAM_RETIRED))
		tel = vcard_next(tel, "TEL");
	return tel;
}

static void set_tel(struct vcard *card, struct vcard_property *tel, const char *text,
	const char *kind, const struct phone *phone)
{
	bool is_global = phone->identity[0] == '+';
	const char *value = is_global ? arena_printf(card->arena, "tel:%s", phone->identity) : text;

	if (tel) {
		vcard_set_text(card, tel, is_global ? "uri" : "text", value);
		return;
	}
	tel = vcard_add(card, NULL, "TEL", is_global ? "uri" : "text", value);
	if (tel)
		vcard_add_type(card, tel, kind ? kind : vcard_tel_kind(tel, phone));
}

bool card_form_set_tel(struct vcard *card, struct vcard_property *tel, const char *text,
	const char *kind, const char *region)
{
	struct phone phone;

	phone_read(&phone, text, region);
	if (!phone.identity[0])
		return false;
	set_tel(card, tel, text, kind, &phone);
	return true;
}

/* ---- Writing ---- */

void card_form_write(
	struct arena *arena, struct xml *form, const struct vcard *card, const char *region)
{
	static const struct field name = {
		"name", "text-single", "Name", FIELD_NAME, .is_required = true};
	static const struct field lines = {
		"", "text-multi", NULL, FIELD_LINES, .is_required = false};
	struct xml *field;

	field_add(arena, form, &name, card ? vcard_name(card) : "");
	for (size_t i = 0; i < KINDS; i++) {
		field = form_add(arena, form, kinds[i].kind, lines.type, kinds[i].label, NULL);
		for (struct vcard_property *tel = card_form_tel(card, NULL); tel;
			tel = card_form_tel(card, tel)) {
			struct phone phone;

			vcard_tel(tel, region, &phone);
			if (strcmp(vcard_tel_kind(tel, &phone), kinds[i].kind) == 0)
				form_add_value(arena, field, phone.display);
		}
		field_add_type(arena, field, &lines);
	}
	field = form_add(arena, form, "email", lines.type, "E-mail", NULL);
	for (struct vcard_property *p = vcard_first(card, "EMAIL"); p; p = vcard_next(p, "EMAIL"))
		form_add_value(arena, field, vcard_text(p));
	field_add_type(arena, field, &lines);
}

/* ---- Reading ---- */

/* "" is nothing. */
static const char *line_of(struct arena *arena, const struct xml *value)
{
	const char *text = form_line(arena, value);

	return text ? text : "";
}

static const struct xml *first_line(const struct xml *field)
{
	return xml_child(field, NULL, "value");
}

static const struct xml *next_line(const struct xml *value)
{
	return xml_next(value, NULL, "value");
}

static const char *read_entries(
	struct arena *arena, const struct xml *form, const char *region, struct entries *entries)
{
	for (size_t i = 0; i < KINDS; i++) {
		const struct xml *field = form_field(form, kinds[i].kind);

		entries->has_field[i] = field != NULL;
		for (const struct xml *v = first_line(field); v; v = next_line(v)) {
			const char *text = line_of(arena, v);
			struct entry *entry = &entries->entries[entries->count];

			if (!*text)
				continue;
			if (entries->count++ == ENTRIES_MAX)
				return "these are too many numbers";
			entry->kind = kinds[i].kind;
			entry->text = text;
			phone_read(&entry->phone, text, region);
		}
	}
	return NULL;
}

static bool is_same(const struct entry *entry, const char *text, const struct phone *phone)
{
	if (phone->identity[0] && strcmp(entry->phone.identity, phone->identity) == 0)
		return true;
	return strcmp(entry->text, phone->display) == 0 || strcmp(entry->text, text) == 0;
}

/* The entry that is tel, rather one of its own kind; every one of them is done. NULL: none. */
static const struct entry *find_entry(
	struct entries *entries, const char *kind, const char *text, const struct phone *phone)
{
	const struct entry *found = NULL;

	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->entries[i];

		if (!is_same(entry, text, phone))
			continue;
		entry->is_done = true;
		if (!found || strcmp(entry->kind, kind) == 0)
			found = entry;
	}
	return found;
}

static bool has_field(const struct entries *entries, const char *kind)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return entries->has_field[i];
	return false;
}

/* The first new number of that kind, which is done thereby; or NULL. */
static const struct entry *take_new(struct entries *entries, const char *kind)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->entries[i];

		if (!entry->is_done && strcmp(entry->kind, kind) == 0) {
			find_entry(entries, kind, entry->text, &entry->phone);
			return entry;
		}
	}
	return NULL;
}

static void apply_kept(
	struct vcard *card, struct vcard_property *tel, const char *kind, const struct entry *entry)
{
	/* Moved from one field to another: from work to home, say. */
	if (strcmp(kind, entry->kind) != 0)
		vcard_set_param(card, tel, "TYPE", entry->kind);
}

/* What is left out gives its place to a new number of its kind, or goes. */
static void apply_left_out(
	struct vcard *card, struct vcard_property *tel, const char *kind, struct entries *entries)
{
	const struct entry *entry = take_new(entries, kind);

	if (entry)
		set_tel(card, tel, entry->text, kind, &entry->phone);
	else
		vcard_remove(card, tel);
}

static void apply_numbers(struct vcard *card, const char *region, struct entries *entries)
{
	struct vcard_property *next;

	/* First what is there, so that no new number is taken for one of these. */
	for (int pass = 0; pass < 2; pass++)
		for (struct vcard_property *tel = card_form_tel(card, NULL); tel; tel = next) {
			const struct entry *entry;
			const char *kind;
			struct phone phone;

			next = card_form_tel(card, tel);
			vcard_tel(tel, region, &phone);
			kind = vcard_tel_kind(tel, &phone);
			entry = find_entry(entries, kind, vcard_text(tel), &phone);
			if (!has_field(entries, kind))
				continue;
			if (pass == 0 && entry)
				apply_kept(card, tel, kind, entry);
			else if (pass == 1 && !entry)
				apply_left_out(card, tel, kind, entries);
		}
	for (size_t i = 0; i < KINDS; i++)
		for (const struct entry *entry; (entry = take_new(entries, kinds[i].kind));)
			set_tel(card, NULL, entry->text, entry->kind, &entry->phone);
}

static const char *read_numbers(
	struct arena *arena, const struct xml *form, struct vcard *card, const char *region)
{
	struct entries *entries = arena_alloc(arena, sizeof(*entries));
	const char *fault;

	if (!entries)
		return "no memory";
	fault = read_entries(arena, form, region, entries);
	if (fault)
		return fault;
	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->entries[i];
		bool is_there = false;

		for (struct vcard_property *tel = card_form_tel(card, NULL); tel && !is_there;
			tel = card_form_tel(card, tel)) {
			struct phone phone;

			if (entry->phone.identity[0])
				break;
			vcard_tel(tel, region, &phone);
			is_there = is_same(entry, vcard_text(tel), &phone);
		}
		if (!entry->phone.identity[0] && !is_there)
			return arena_printf(arena, "%s is no telephone number", entry->text);
	}
	apply_numbers(card, region, entries);
	return NULL;
}

static bool has_line(struct arena *arena, const struct xml *field, const char *text)
{
	for (const struct xml *v = first_line(field); v; v = next_line(v))
		if (strcmp(line_of(arena, v), text) == 0)
			return true;
	return false;
}

static const char *read_emails(struct arena *arena, const struct xml *form, struct vcard *card)
{
	const struct xml *field = form_field(form, "email");
	struct vcard_property *next;

	if (!field)
		return NULL;
	for (struct vcard_property *p = vcard_first(card, "EMAIL"); p; p = next) {
		next = vcard_next(p, "EMAIL");
		if (!has_line(arena, field, vcard_text(p)))
			vcard_remove(card, p);
	}
	for (const struct xml *v = first_line(field); v; v = next_line(v)) {
		const char *text = line_of(arena, v);
		struct vcard_property *p = vcard_first(card, "EMAIL");

		while (p && strcmp(vcard_text(p), text) != 0)
			p = vcard_next(p, "EMAIL");
		if (p || !*text)
			continue;
		if (!strchr(text, '@'))
			return arena_printf(arena, "%s is no e-mail address", text);
		vcard_add(card, NULL, "EMAIL", "text", text);
	}
	return NULL;
}

const char *card_form_read(
	struct arena *arena, const struct xml *form, struct vcard *card, const char *region)
{
	const char *name = form_value(arena, form, "name");
	const char *fault;

	if (name && *name)
		card_form_set_name(card, name);
	else if (name || !vcard_first(card, "FN"))
		return "a name is needed";
	fault = read_numbers(arena, form, card, region);
	return fault ? fault : read_emails(arena, form, card);
}

/* ---- From one stage to the next ---- */

#define KEPT "kept" /* the names of the fields that there were */

static bool is_read(const char *var)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].kind, var) == 0)
			return true;
	return strcmp(var, "name") == 0 || strcmp(var, "email") == 0;
}

void card_form_keep(struct arena *arena, struct xml *form, const struct xml *submitted)
{
	struct xml *kept = form_add(arena, form, KEPT, "hidden", NULL, NULL);

	for (const struct xml *field = xml_child(submitted, NULL, "field"); field;
		field = xml_next(field, NULL, "field")) {
		const char *var = xml_get(field, "var");
		struct xml *copy;

		if (!var || !is_read(var) || form_field(form, var))
			continue;
		form_add_value(arena, kept, var);
		copy = form_add(arena, form, var, "hidden", NULL, NULL);
		for (const struct xml *v = first_line(field); v; v = next_line(v))
			form_add_value(arena, copy, line_of(arena, v));
	}
}

const struct xml *card_form_kept(struct arena *arena, const struct xml *submitted)
{
	struct xml *form = xml_copy(arena, submitted);

	for (const struct xml *v = first_line(form_field(submitted, KEPT)); v; v = next_line(v)) {
		const char *var = line_of(arena, v);

		if (is_read(var) && !form_field(form, var))
			form_add(arena, form, var, NULL, NULL, NULL);
	}
	return form;
}
