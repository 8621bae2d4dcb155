/* For tests of what happens to numbers: cards and profiles written as short words. */
#ifndef KITH_TESTS_NUMBERS_H
#define KITH_TESTS_NUMBERS_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/phone.h"
#include "common/vcard.h"

/* The numbers have names: "A" to "Z" are mobiles, more of them "A1", "A2" and so on; "a" to "z" are
 * landlines, "a1" to "a9" further ones. All are in the ranges that are given to nobody. */
static inline const char *number_uri(struct arena *arena, const char *name)
{
	if (islower((unsigned char)*name))
		return arena_printf(
			arena, "tel:+4420794%05d", 60000 + (*name - 'a') * 10 + atoi(name + 1));
	return arena_printf(arena, "tel:+4477009%05d", (*name - 'A') * 100 + atoi(name + 1));
}

static inline const char *number_identity(struct arena *arena, const char *name)
{
	return number_uri(arena, name) + 4;
}

static inline const char *number_name(struct arena *arena, const char *identity)
{
	int n = 0;
	int many = 100, first = 'A';
	if (sscanf(identity, "+44207946%4d", &n) == 1) {
		many = 10;
		first = 'a';
	} else if (sscanf(identity, "+4477009%5d", &n) != 1) {
		return identity;
	}
	if (n % many == 0)
		return arena_printf(arena, "%c", first + n / many);
	return arena_printf(arena, "%c%d", first + n / many, n % many);
}

/* A card of the words of text: NAME is a TEL as URI, NAME' one as text, NAME* is marked; kind:NAME
 * has that TYPE (default: cell, a landline's home). */
static inline struct vcard *numbers_card(struct arena *arena, const char *text)
{
	struct vcard *card = vcard_new(arena);
	char *words = arena_strdup(arena, text), *rest = words;
	vcard_add(card, NULL, "FN", "text", "Carol Example");
	for (char *word; (word = strtok_r(rest, " ", &rest));) {
		char *name = strchr(word, ':');
		bool is_text = strchr(word, '\''), is_marked = strchr(word, '*');
		if (name)
			*name++ = '\0';
		else
			name = word;
		const char *uri = number_uri(arena, name);
		struct vcard_property *tel;
		if (is_text) {
			struct phone phone;
			phone_read(&phone, uri, "GB");
			tel = vcard_add(card, NULL, "TEL", "text", phone.display);
		} else {
			tel = vcard_add(card, NULL, "TEL", "uri", uri);
		}
		vcard_add_type(card, tel,
			name != word			? word
			: islower((unsigned char)*name) ? "home"
							: "cell");
		if (is_marked) {
			vcard_set_param(card, tel, VCARD_PARAM_RETIRED, "20200101");
			vcard_set_param(card, tel, "PREF", "100");
		}
	}
	vcard_add(card, NULL, "NOTE", "text", "of my own");
	return card;
}

/* The TELs of card in the same words, the TYPE left out. */
static inline const char *numbers_of(struct arena *arena, const struct vcard *card)
{
	const char *words = "";
	for (struct vcard_property *tel = vcard_first(card, "TEL"); tel;
		tel = vcard_next(tel, "TEL")) {
		struct phone phone;
		vcard_tel(tel, "GB", &phone);
		words = arena_printf(arena, "%s%s%s%s%s", words, *words ? " " : "",
			number_name(arena, phone.identity),
			strcmp(tel->value_type, "uri") == 0 ? "" : "'",
			vcard_get_param(tel, VCARD_PARAM_RETIRED) ? "*" : "");
	}
	return words;
}

#endif
