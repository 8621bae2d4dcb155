/* kithctl import: into an address book, or what a server had stored of its people into profiles.
 *
 * A server's vCards are of ordinary clients, which drop what they don't know, and mostly of old: so
 * such an import retires no number, and what is in Kith already stays unless the admin says
 * otherwise (design: section 4, "History"). A profile that its owner took back stays so. */
#include "component/ctl.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/history.h"
#include "component/profile.h"
#include "component/report.h"
#include "component/stored_card.h"

/* What is there before a card comes. */
struct present {
	struct store_account account;
	struct store_profile profile; /* version 0: none */
	struct history history;
	const struct vcard *card; /* of the profile; NULL: none */
};

static void say(const char *jid, const char *what, const char *why)
{
	ctl_print_foreign(stderr, "kithctl: ", jid, ": ");
	fprintf(stderr, "%s: %s\n", what, why);
}

static bool read_present(struct ctl *ctl, const char *jid, struct present *present)
{
	enum store_result result;

	*present = (struct present){.card = NULL};
	result = store_account_get(ctl->store, ctl->arena, jid, &present->account);
	if (result == STORE_OK)
		result = store_history_get(
			ctl->store, ctl->arena, present->account.id, &present->history);
	if (result != STORE_OK)
		return false;
	result = store_profile_get(ctl->store, ctl->arena, present->account.id, &present->profile);
	if (result == STORE_OK) {
		present->card = vcard_from_xml_text(
			ctl->arena, present->profile.card, present->profile.card_len, NULL);
		return present->card != NULL;
	}
	return result == STORE_NONE;
}

/* The TELs of the profile whose numbers would be retired by card go into it. */
static void keep_numbers(struct ctl *ctl, const struct present *present, struct vcard *card)
{
	const char *region = rules_region(&ctl->rules, &present->account);
	struct history_change change;

	if (present->card == NULL)
		return;
	history_compare(
		&change, ctl->arena, &present->history, card, region, present->profile.version + 1);
	for (struct vcard_property *tel = vcard_first(present->card, "TEL"); tel != NULL;
		tel = vcard_next(tel, "TEL")) {
		const struct number *before, *after;
		struct phone phone;

		vcard_tel(tel, region, &phone);
		before = history_find(&present->history, phone.identity);
		after = history_find(&change.after, phone.identity);
		if (before != NULL && before->state == NUMBER_CURRENT && after != NULL &&
			after->state == NUMBER_RETIRED)
			vcard_add_copy(card, tel);
	}
}

/* A card of the other form, fit to be a profile: many clients set no FN. */
static struct vcard *read_card(struct ctl *ctl, const struct xml *xml, const char **why)
{
	struct vcard *card = xml_is(xml, NS_VCARD4, "vcard")
				     ? vcard_from_xml(ctl->arena, xml, why)
				     : vcard_from_temp(ctl->arena, xml, why);

	if (card != NULL && stored_card_fault(card) != NULL) {
		const char *name = arena_strdup(ctl->arena, vcard_name(card));
		struct vcard_property *empty;

		while ((empty = vcard_first(card, "FN")) != NULL)
			vcard_remove(card, empty);
		if (name != NULL && *name != '\0')
			vcard_add(card, NULL, "FN", "text", name);
	}
	return card;
}

/* A photo that is too large doesn't keep the numbers out. */
static void fit(struct ctl *ctl, const char *jid, struct vcard *card)
{
	struct vcard_property *photo;
	size_t len;

	if (stored_card_write(ctl->arena, card, &len) == NULL ||
		len <= ctl->settings->limits.card_bytes || vcard_first(card, "PHOTO") == NULL)
		return;
	while ((photo = vcard_first(card, "PHOTO")) != NULL)
		vcard_remove(card, photo);
	say(jid, "without its photo", "the card is larger than card_bytes allows");
}

static bool is_same(struct ctl *ctl, const struct present *present, const struct vcard *card)
{
	size_t len;
	const char *text = stored_card_write(ctl->arena, card, &len);

	return text != NULL && len == present->profile.card_len &&
	       memcmp(text, present->profile.card, len) == 0;
}

/* In the turn that is open. True: it is to be committed. */
static bool import_card(struct ctl_import *import, const char *jid, struct vcard *card)
{
	struct ctl *ctl = import->ctl;
	struct present present;
	const char *why = NULL;

	if (!read_present(ctl, jid, &present)) {
		import->has_failed = true;
		return false;
	}
	keep_numbers(ctl, &present, card);
	fit(ctl, jid, card);
	if (present.card != NULL && !present.profile.hidden && is_same(ctl, &present, card)) {
		import->unchanged++;
		return false;
	}
	if (present.card != NULL && (!import->replace || present.profile.hidden)) {
		say(jid, "kept",
			present.profile.hidden ? "its owner took the profile back"
					       : "there is a profile already");
		import->kept++;
		return false;
	}
	switch (profile_publish(&ctl->rules, ctl->arena, &present.account, card, PROFILE_FROM_KITH,
		import->ctl->now, &why)) {
	case PROFILE_OK:
		if (report_hush(ctl->store, present.account.id) != STORE_OK)
			break;
		if (present.card != NULL)
			import->replaced++;
		else
			import->added++;
		return true;
	case PROFILE_INVALID:
	case PROFILE_LIMITED:
		say(jid, "refused", why);
		import->refused++;
		return false;
	case PROFILE_NONE:
	case PROFILE_ERROR:
		break;
	}
	import->has_failed = true;
	return false;
}

void ctl_import_profile(
	struct ctl_import *import, const char *jid, const struct xml *xml, const char *why)
{
	struct ctl *ctl = import->ctl;
	struct vcard *card = NULL;
	const char *bare;

	arena_reset(ctl->arena);
	if (import->has_failed)
		return;
	if (!jid_is_account(ctl->arena, jid, &bare))
		why = "not the JID of an account";
	else if (!settings_serves(ctl->settings, bare))
		why = "of no domain in the conf";
	else if (xml != NULL)
		card = read_card(ctl, xml, &why);
	if (card == NULL) {
		say(jid, "refused", why != NULL ? why : "out of memory");
		import->refused++;
		return;
	}
	if (store_turn_begin(ctl->store) != STORE_OK)
		import->has_failed = true;
	else if (!import_card(import, bare, card))
		store_turn_rollback(ctl->store);
	else if (store_turn_commit(ctl->store) != STORE_OK)
		import->has_failed = true;
}

int ctl_import(struct ctl *ctl)
{
	static const struct option options[] = {{"from", required_argument, NULL, 'f'},
		{"replace", no_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
	struct ctl_import import = {.ctl = ctl};
	const char *from = NULL;
	bool is_read;
	int option;

	while ((option = getopt_long(ctl->argc, ctl->argv, "+", options, NULL)) != -1) {
		if (option == 'f')
			from = optarg;
		else if (option == 'r')
			import.replace = true;
		else
			return CTL_USAGE;
	}
	if (from == NULL && !import.replace && ctl->argc - optind == 2)
		return ctl_import_book(ctl, ctl->argv[optind], ctl->argv[optind + 1]);
	if (from == NULL || ctl->argc - optind != 1)
		return CTL_USAGE;
	if (strcmp(from, "prosody") == 0)
		is_read = ctl_import_prosody(&import, ctl->argv[optind]);
	else if (strcmp(from, "ejabberd") == 0)
		is_read = ctl_import_ejabberd(&import, ctl->argv[optind]);
	else if (strcmp(from, "xep-0227") == 0)
		is_read = ctl_import_xep0227(&import, ctl->argv[optind]);
	else
		return CTL_USAGE;
	printf("added %zu, replaced %zu, unchanged %zu, kept %zu, refused %zu\n", import.added,
		import.replaced, import.unchanged, import.kept, import.refused);
	if (import.has_failed)
		return ctl_store_failed(ctl);
	return is_read && import.refused == 0 ? CTL_OK : CTL_FAILED;
}
