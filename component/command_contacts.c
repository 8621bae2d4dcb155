/* The command `contacts`: one's address book, to find, add, edit and remove a contact (design:
 * section 3, "forms"). No session is kept: each form says itself which step it is, in `do`. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/book.h"
#include "component/card_form.h"
#include "component/commands.h"
#include "component/form.h"

#define HITS_MAX 25   /* that are offered for choice */
#define STEP 100      /* contacts read at a time */
#define SCAN_MAX 2000 /* that are looked through before others have their turn */
#define SCAN_BYTES (4u << 20)

/* A look through the book. */
struct finder {
	struct command_call *call;
	const char *text, *identity; /* "": none */
	struct xml *field;	     /* the choice */
	struct arena *scratch;
	const char *last; /* item looked at last, of the call's arena */
	size_t hits, scanned, bytes;
	bool is_full, failed;
};

/* ---- Finding ---- */

static bool has_text(const struct vcard *card, const char *text)
{
	static const char *const names[] = {"FN", "N", "NICKNAME", "ORG", "EMAIL", "TEL"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (struct vcard_property *p = vcard_first(card, names[i]); p;
			p = vcard_next(p, names[i]))
			for (struct vcard_component *c = p->components; c; c = c->next)
				for (struct vcard_text *v = c->values; v; v = v->next)
					if (strcasestr(v->text, text))
						return true;
	return false;
}

static bool has_number(const struct vcard *card, const char *identity, const char *region)
{
	for (struct vcard_property *p = vcard_first(card, "TEL"); p; p = vcard_next(p, "TEL")) {
		struct phone phone;

		vcard_tel(p, region, &phone);
		if (strcmp(phone.identity, identity) == 0)
			return true;
	}
	return false;
}

/* What a card has is in its text too, but for what XML escapes, and numbers not written as URI: so
 * most cards need not be read. */
static bool may_match(const struct finder *finder, const struct store_contact *contact)
{
	if (!*finder->text || strpbrk(finder->text, "&<>\"'") ||
		strcasestr(contact->item, finder->text) || strcasestr(contact->card, finder->text))
		return true;
	return *finder->identity &&
	       (strstr(contact->card, finder->identity) || strstr(contact->card, "</text></tel>"));
}

static int look_at(void *context, const struct store_contact *contact)
{
	struct finder *finder = context;
	struct arena *arena = finder->call->request->arena;
	const struct vcard *card;

	if (finder->hits == HITS_MAX || finder->scanned == SCAN_MAX || finder->bytes > SCAN_BYTES) {
		finder->is_full = true;
		return 1;
	}
	finder->scanned++;
	finder->bytes += contact->card_len;
	finder->last = contact->item;
	if (!may_match(finder, contact))
		return 0;
	card = vcard_from_xml_text(finder->scratch, contact->card, contact->card_len, NULL);
	if (!card) {
		finder->failed = true;
		return 1;
	}
	if (*finder->text && !strcasestr(contact->item, finder->text) &&
		!has_text(card, finder->text) &&
		!(*finder->identity &&
			has_number(card, finder->identity, command_region(finder->call))))
		return 0;
	finder->hits++;
	form_add_option(arena, finder->field,
		arena_printf(arena, "%s (%s)", vcard_name(card), contact->item), contact->item);
	return 0;
}

static enum store_result find(struct finder *finder, const char *after)
{
	struct command_call *call = finder->call;
	enum store_result result = STORE_OK;
	size_t before;

	finder->scratch = arena_new(0);
	finder->last = after;
	if (!finder->scratch)
		return STORE_ERROR;
	do {
		before = finder->scanned;
		arena_reset(finder->scratch);
		result = store_contact_list(call->request->service->store, finder->scratch,
			call->account.id, finder->last, STEP, look_at, finder);
		finder->last = arena_strdup(call->request->arena, finder->last);
	} while (result == STORE_OK && finder->scanned == before + STEP && !finder->is_full);
	arena_free(finder->scratch);
	return finder->failed ? STORE_ERROR : result;
}

static enum answer choose(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	const char *text = form_value(arena, call->form, "search");
	struct finder finder = {.call = call, .text = text ? text : ""};
	struct phone phone;
	struct xml *form = form_new(arena, "form", NULL), *field;

	phone_read(&phone, finder.text, command_region(call));
	finder.identity = phone.identity;
	form_describe(arena, form, "Contacts", NULL);
	form_add(arena, form, "search", "hidden", NULL, finder.text);
	finder.field = form_add(arena, form, "item", "list-single", "Contact", NULL);
	if (find(&finder, form_value(arena, call->form, "after")) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (finder.hits == 0 && !finder.is_full)
		return command_done(call, "No contact was found.", true);
	form_add(arena, form, "after", "hidden", NULL, finder.is_full ? finder.last : NULL);
	field = form_add(
		arena, form, "do", "list-single", "What to do", finder.hits ? "edit" : "find");
	if (finder.hits) {
		form_add_option(arena, field, "Edit it", "edit");
		form_add_option(arena, field, "Remove it", "remove");
	}
	if (finder.is_full)
		form_add_option(arena, field, "Look further", "find");
	call->reply = form;
	call->has_next = true;
	return ANSWER_RESULT;
}

/* ---- Editing ---- */

static void book_changed(struct command_call *call, const struct store_contact *contact)
{
	const struct store_event event = {
		.version = contact->version,
		.at = contact->changed_at,
		.item = contact->item,
		.card = contact->card,
		.card_len = contact->card_len,
	};

	service_book_changed(call->request->service, call->request->arena, call->account.jid,
		call->account.id, &event);
}

/* The contact that the form names, with its card. STORE_NONE: there is none. */
static enum store_result read_contact(
	struct command_call *call, struct store_contact *contact, struct vcard **card)
{
	struct arena *arena = call->request->arena;
	const char *item = form_value(arena, call->form, "item");
	enum store_result result = STORE_NONE;

	if (item && *item)
		result = store_contact_get(
			call->request->service->store, arena, call->account.id, item, contact);
	if (result == STORE_OK) {
		*card = vcard_from_xml_text(arena, contact->card, contact->card_len, NULL);
		result = *card ? STORE_OK : STORE_ERROR;
	}
	return result;
}

/* What the form is for, as it was then: the changes of another device are not to be taken back. */
static const char *state_of(struct command_call *call, const struct store_contact *contact)
{
	struct service *service = call->request->service;

	return archive_id(
		call->request->arena, service->key, call->account.id, contact->version, 0);
}

static enum answer ask_card(
	struct command_call *call, const struct store_contact *contact, const struct vcard *card)
{
	struct arena *arena = call->request->arena;
	struct xml *form = form_new(arena, "form", NULL);

	form_describe(
		arena, form, contact ? "Edit a contact" : "Add a contact", "A number a line.");
	form_add(arena, form, "do", "hidden", NULL, "save");
	if (contact) {
		form_add(arena, form, "item", "hidden", NULL, contact->item);
		form_add(arena, form, "state", "hidden", NULL, state_of(call, contact));
	} else {
		form_add(arena, form, "address", "jid-single",
			"Address, if there is one: whose changes the card is to follow", NULL);
	}
	card_form_write(arena, form, card, command_region(call));
	call->reply = form;
	return ANSWER_RESULT;
}

static enum answer edit(struct command_call *call)
{
	struct store_contact contact;
	struct vcard *card = NULL;

	switch (read_contact(call, &contact, &card)) {
	case STORE_OK:
		return ask_card(call, &contact, card);
	case STORE_NONE:
		return command_done(call, "There is no such contact.", true);
	case STORE_ERROR:
		break;
	}
	return ANSWER_INTERNAL_SERVER_ERROR;
}

static enum answer store_card(struct command_call *call, const char *item, const struct vcard *card)
{
	struct request *request = call->request;
	struct store_contact contact;
	const char *why = NULL;
	enum answer answer = request_take(request, RATE_WRITE, call->account.jid, 1);

	if (answer != ANSWER_RESULT)
		return answer;
	switch (book_publish(&request->service->rules, request->arena, &call->account, item, card,
		request->now, &contact, &why)) {
	case BOOK_OK:
		break;
	case BOOK_INVALID:
		return command_bad_payload(call, why);
	case BOOK_FULL:
		return command_done(call, "The address book is full.", true);
	case BOOK_NONE:
	case BOOK_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	book_changed(call, &contact);
	return command_done(
		call, arena_printf(request->arena, "%s is stored.", vcard_name(card)), false);
}

/* A new one under an address that is in the book already would replace what is there. */
static enum answer add(struct command_call *call, const char *address)
{
	struct request *request = call->request;
	struct vcard *card = vcard_new(request->arena);
	const char *fault =
		card ? card_form_read(request->arena, call->form, card, command_region(call))
		     : "no memory";
	const char *bare = NULL;
	struct store_contact contact;

	if (fault)
		return command_bad_payload(call, fault);
	if (!address || !*address)
		return store_card(call, NULL, card);
	if (!jid_is_account(request->arena, address, &bare))
		return command_bad_payload(call, "address is none of an account");
	switch (store_contact_get(
		request->service->store, request->arena, call->account.id, bare, &contact)) {
	case STORE_OK:
		return command_done(call,
			arena_printf(request->arena, "%s is in the address book already.", bare),
			true);
	case STORE_NONE:
		return store_card(call, bare, card);
	case STORE_ERROR:
		break;
	}
	return ANSWER_INTERNAL_SERVER_ERROR;
}

static enum answer save(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	const char *state = form_value(arena, call->form, "state");
	const char *now, *fault;
	struct store_contact contact;
	struct vcard *card = NULL;

	if (!form_field(call->form, "item"))
		return add(call, form_value(arena, call->form, "address"));
	switch (read_contact(call, &contact, &card)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return command_done(call, "There is no such contact any more.", true);
	case STORE_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	now = state_of(call, &contact);
	if (state && now && strcmp(state, now) != 0)
		return command_done(
			call, "The contact was changed meanwhile: please begin again.", true);
	fault = card_form_read(arena, call->form, card, command_region(call));
	return fault ? command_bad_payload(call, fault) : store_card(call, contact.item, card);
}

static enum answer remove_contact(struct command_call *call)
{
	struct request *request = call->request;
	const char *item = form_value(request->arena, call->form, "item");
	enum book_result result = BOOK_NONE;
	struct store_event event;
	enum answer answer = request_take(request, RATE_WRITE, call->account.jid, 1);

	if (answer != ANSWER_RESULT)
		return answer;
	if (item && *item)
		result = book_retract(&request->service->rules, request->arena, &call->account,
			item, request->now, &event);
	switch (result) {
	case BOOK_OK:
		service_book_changed(request->service, request->arena, call->account.jid,
			call->account.id, &event);
		return command_done(
			call, arena_printf(request->arena, "%s is removed.", event.item), false);
	case BOOK_NONE:
	case BOOK_INVALID:
		return command_done(call, "There is no such contact.", true);
	case BOOK_FULL:
	case BOOK_ERROR:
		break;
	}
	return ANSWER_INTERNAL_SERVER_ERROR;
}

/* ---- The command ---- */

static enum answer ask(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	struct xml *form = form_new(arena, "form", NULL);
	struct xml *field;

	form_describe(arena, form, "Contacts", NULL);
	field = form_add(arena, form, "do", "list-single", "What to do", "find");
	form_add_option(arena, field, "Find one, to edit or remove it", "find");
	form_add_option(arena, field, "Add one", "add");
	form_add(arena, form, "search", "text-single",
		"Part of a name, e-mail or address, or a number (empty: all)", NULL);
	call->reply = form;
	call->has_next = true;
	return ANSWER_RESULT;
}

static enum answer contacts(struct command_call *call)
{
	static const struct {
		const char *name;
		enum answer (*run)(struct command_call *call);
	} steps[] = {
		{"edit", edit},
		{"find", choose},
		{"remove", remove_contact},
		{"save", save},
	};
	const char *step = form_value(call->request->arena, call->form, "do");

	if (!call->form)
		return ask(call);
	if (step && strcmp(step, "add") == 0)
		return ask_card(call, NULL, NULL);
	for (size_t i = 0; step && i < sizeof(steps) / sizeof(*steps); i++)
		if (strcmp(steps[i].name, step) == 0)
			return steps[i].run(call);
	return command_bad_payload(call, "do is none of find, add, edit, remove, save");
}

const struct command command_contacts = {"contacts", "Contacts", false, contacts};
