/* The command `contacts`: one's address book, to find, add, edit, remove and send a contact, and to
 * take back what an update did to it (design: section 3, "forms"). Each form says itself which step
 * it is, in `do`. */
#include <string.h>

#include "common/arena.h"
#include "common/card.h"
#include "common/jid.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/book.h"
#include "component/card_form.h"
#include "component/commands.h"
#include "component/contact_find.h"
#include "component/form.h"
#include "component/linking_sweep.h"
#include "component/say.h"
#include "component/share.h"

/* ---- Finding ---- */

static enum answer choose(struct command_call *call)
{
	static const struct field item = {
		"item", "list-single", "Contact", FIELD_CHOICE, .is_required = false};
	static const struct field step = {
		"do", "list-single", "What to do", FIELD_CHOICE, .is_required = false};
	struct arena *arena = call->request->arena;
	const char *text = form_value(arena, call->form, "search");
	struct xml *form = form_new(arena, "form", NULL), *field;
	struct contact_found found;

	form_describe(arena, form, "Contacts", NULL);
	form_add(arena, form, "search", "hidden", NULL, text);
	field = field_add(arena, form, &item, NULL);
	if (contact_find(call->request, &call->account, text ? text : "",
		    form_value(arena, call->form, "after"), field, &found) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (found.hits == 0 && !found.is_full)
		return command_done(call, "No contact was found.", true);
	form_add(arena, form, "after", "hidden", NULL, found.is_full ? found.last : NULL);
	field = field_add(arena, form, &step, found.hits ? "edit" : "find");
	if (found.hits) {
		form_add_option(arena, field, "Edit it", "edit");
		form_add_option(arena, field, "Send it to somebody", "send");
		form_add_option(arena, field, "Take its last update back", "undo");
		form_add_option(arena, field, "Remove it", "remove");
	}
	if (found.is_full)
		form_add_option(arena, field, "Look further", "find");
	call->reply = form;
	call->has_next = true;
	return ANSWER_RESULT;
}

/* ---- Editing ---- */

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

static const struct field address[] = {
	{"address", "jid-single", "Address, if any: the card follows its changes", FIELD_ACCOUNT,
		.is_required = false},
	{.var = NULL},
};

static enum answer ask_card(
	struct command_call *call, const struct store_contact *contact, const struct vcard *card)
{
	struct arena *arena = call->request->arena;
	struct xml *form = form_new(arena, "form", NULL);

	form_describe(
		arena, form, contact ? "Edit a contact" : "Add a contact", "One number per line.");
	form_add(arena, form, "do", "hidden", NULL, "save");
	if (contact) {
		form_add(arena, form, "item", "hidden", NULL, contact->item);
		form_add(arena, form, "state", "hidden", NULL, state_of(call, contact));
	} else {
		field_add(arena, form, address, NULL);
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

static enum answer store_card(struct command_call *call, const char *item, struct vcard *card)
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
	command_book_changed(call, &contact);
	return command_done(call,
		arena_printf(request->arena, "%s is stored.",
			say_name(request->arena, vcard_name(card))),
		false);
}

/* A new one under an address that is in the book already would replace what is there. */
static enum answer add(struct command_call *call)
{
	struct request *request = call->request;
	struct vcard *card = vcard_new(request->arena);
	const char *text = form_value(request->arena, call->form, "address");
	const char *fault, *bare = NULL;
	struct store_contact contact;

	if (!card)
		return ANSWER_INTERNAL_SERVER_ERROR;
	fault = field_fault(request->arena, call->form, address, command_region(call));
	if (!fault)
		fault = card_form_read(request->arena, call->form, card, command_region(call));
	if (fault)
		return command_bad_payload(call, fault);
	if (!text || !*text || !jid_is_account(request->arena, text, &bare))
		return store_card(call, NULL, card);
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
		return add(call);
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

/* ---- Taking back, sending ---- */

static enum answer take_back(struct command_call *call)
{
	return command_undo_item(call, form_value(call->request->arena, call->form, "item"));
}

static const struct field receiver[] = {
	{"to", "jid-single", "To whom (address)", FIELD_ACCOUNT, .is_required = true},
	{.var = NULL},
};

static enum answer ask_receiver(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	struct store_contact contact;
	struct vcard *card = NULL;

	switch (read_contact(call, &contact, &card)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return command_done(call, "There is no such contact.", true);
	case STORE_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	call->reply = form_new(arena, "form", NULL);
	form_describe(arena, call->reply, "Send a card",
		arena_printf(arena, "The contact details of %s go to somebody you know.",
			say_name(arena, vcard_name(card))));
	form_add(arena, call->reply, "do", "hidden", NULL, "pass");
	form_add(arena, call->reply, "item", "hidden", NULL, contact.item);
	field_add(arena, call->reply, receiver, NULL);
	return ANSWER_RESULT;
}

/* The address of whom the contact is about, as its item id or its owner's word has it. STORE_NONE:
 * none is known. */
static enum store_result address_of(
	struct command_call *call, const struct store_contact *contact, const char **bare)
{
	struct store_account subject;
	enum store_result result;

	if (jid_is_account(call->request->arena, contact->item, bare))
		return STORE_OK;
	if (contact->subject == 0)
		return STORE_NONE;
	result = store_account_by_id(
		call->request->service->store, call->request->arena, contact->subject, &subject);
	*bare = subject.jid;
	return result == STORE_OK && subject.closed_at != 0 ? STORE_NONE : result;
}

/* Of who may have an account here, the owner's rule says what is sent; of others, what is in the
 * book is all there is. */
static enum answer pass_on(struct command_call *call)
{
	struct request *request = call->request;
	struct arena *arena = request->arena;
	const char *fault = field_fault(arena, call->form, receiver, command_region(call));
	const char *to = form_value(arena, call->form, "to"), *bare;
	struct store_contact contact;
	struct vcard *card = NULL;

	if (fault)
		return command_bad_payload(call, fault);
	switch (read_contact(call, &contact, &card)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return command_done(call, "There is no such contact any more.", true);
	case STORE_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	switch (address_of(call, &contact, &bare)) {
	case STORE_OK:
		if (settings_serves(request->service->settings, bare))
			return command_share_with(call, bare, to);
		break;
	case STORE_NONE:
		break;
	case STORE_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	return command_share_own(call, &contact, card, to);
}

/* ---- The command ---- */

static const struct field_option beginnings[] = {
	{"find", "Find one, to edit, send or remove it, or to take an update back"},
	{"add", "Add one"},
	{"look", "Look for accounts of those who have none in the book"},
	{NULL, NULL},
};
static const struct field first[] = {
	{"do", "list-single", "What to do", FIELD_CHOICE, .options = beginnings},
	{"search", "text-single", "Part of a name, e-mail or address, or a number (empty: all)",
		FIELD_TEXT, .is_required = false},
	{.var = NULL},
};

static enum answer ask(struct command_call *call)
{
	struct arena *arena = call->request->arena;

	call->reply = form_new(arena, "form", NULL);
	form_describe(arena, call->reply, "Contacts", NULL);
	field_add(arena, call->reply, &first[0], "find");
	field_add(arena, call->reply, &first[1], NULL);
	call->has_next = true;
	return ANSWER_RESULT;
}

static enum answer add_one(struct command_call *call)
{
	return ask_card(call, NULL, NULL);
}

static enum answer look(struct command_call *call)
{
	struct request *request = call->request;

	if (linking_sweep_anew(&request->service->rules, call->account.id, request->now) !=
		STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	return command_done(call,
		"Your contacts are looked through for accounts on this service. With many of them "
		"that takes hours, since each number counts as a search. What is found is told, "
		"and "
		"waits for your answer.",
		false);
}

static enum answer contacts(struct command_call *call)
{
	static const struct {
		const char *name;
		enum answer (*run)(struct command_call *call);
	} steps[] = {
		{"add", add_one},
		{"edit", edit},
		{"find", choose},
		{"look", look},
		{"pass", pass_on},
		{"remove", remove_contact},
		{"save", save},
		{"send", ask_receiver},
		{"undo", take_back},
	};
	const char *step = form_value(call->request->arena, call->form, "do");

	if (!call->form)
		return ask(call);
	for (size_t i = 0; step && i < sizeof(steps) / sizeof(*steps); i++)
		if (strcmp(steps[i].name, step) == 0)
			return steps[i].run(call);
	return command_bad_payload(call, "do is none of the choices");
}

const struct command command_contacts = {"contacts", "Contacts", false, contacts};
