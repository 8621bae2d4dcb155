/* The command `preview`: what a change of one of one's own numbers would come to (design: section
 * 4, "Rules"), for who publishes the profile by another way than the command `profile`. It changes
 * nothing. */
#include <string.h>

#include "common/arena.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/card_form.h"
#include "component/commands.h"
#include "component/form.h"
#include "component/preview.h"

static enum answer ask(struct command_call *call)
{
	static const char *const kinds[][2] = {{"Mobile", "cell"}, {"Work", "work"},
		{"Home", "home"}, {"Other", "voice"}, {"Fax", "fax"}, {"Pager", "pager"}};
	static const struct field numbers[] = {
		{"number", "text-single", "New number (empty: the other is given up)", FIELD_PHONE,
			.is_required = false},
		{"replaces", "text-single", "Number that it replaces (empty: it is one more)",
			FIELD_PHONE, .is_required = false},
	};
	struct arena *arena = call->request->arena;
	struct xml *form = form_new(arena, "form", NULL);
	struct xml *field;

	form_describe(arena, form, "Preview of a change",
		"Says how many a change of one of your numbers would reach. It changes nothing.");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		field_add(arena, form, &numbers[i], NULL);
	field = form_add(
		arena, form, "kind", "list-single", "Kind, if it replaces none", kinds[0][1]);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		form_add_option(arena, field, kinds[i][0], kinds[i][1]);
	call->reply = form;
	return ANSWER_RESULT;
}

/* The profile as it is, hidden or not; where there is none, one to begin with. */
static struct vcard *read_profile(struct command_call *call)
{
	struct request *request = call->request;
	struct store_profile profile;
	struct vcard *card;

	switch (store_profile_get(
		request->service->store, request->arena, call->account.id, &profile)) {
	case STORE_OK:
		return vcard_from_xml_text(request->arena, profile.card, profile.card_len, NULL);
	case STORE_NONE:
		card = vcard_new(request->arena);
		if (card)
			card_form_set_name(card, call->account.jid);
		return card;
	case STORE_ERROR:
		break;
	}
	return NULL;
}

/* The TEL that is the number which a person or client wrote. */
static struct vcard_property *find(const struct vcard *card, const char *text, const char *region)
{
	struct phone wanted, phone;

	phone_read(&wanted, text, region);
	for (struct vcard_property *tel = vcard_first(card, "TEL"); tel;
		tel = vcard_next(tel, "TEL")) {
		vcard_tel(tel, region, &phone);
		if (wanted.identity[0] ? strcmp(wanted.identity, phone.identity) == 0
				       : strcmp(text, vcard_text(tel)) == 0)
			return tel;
	}
	return NULL;
}

/* Brings into card what the form says; NULL, or what is wrong. */
static const char *change(struct command_call *call, struct vcard *card)
{
	struct arena *arena = call->request->arena;
	const char *region = command_region(call);
	const char *number = form_value(arena, call->form, "number");
	const char *replaces = form_value(arena, call->form, "replaces");
	const char *kind = form_value(arena, call->form, "kind");
	struct vcard_property *tel = NULL;

	if (replaces && *replaces && !(tel = find(card, replaces, region)))
		return "you have no such number";
	if (!number || !*number) {
		if (!tel)
			return "a number is needed";
		vcard_remove(card, tel);
		return NULL;
	}
	if (!card_form_set_tel(card, tel, number, kind && *kind ? kind : NULL, region))
		return arena_printf(arena, "%s is no telephone number", number);
	if (tel)
		vcard_set_param(card, tel, VCARD_PARAM_RETIRED, NULL);
	return NULL;
}

static enum answer preview(struct command_call *call)
{
	struct request *request = call->request;
	struct preview preview;
	struct vcard *card;
	const char *fault, *why = NULL;

	if (!call->form)
		return ask(call);
	card = read_profile(call);
	if (!card)
		return ANSWER_INTERNAL_SERVER_ERROR;
	fault = change(call, card);
	if (fault)
		return command_bad_payload(call, fault);
	switch (preview_change(&request->service->rules, request->arena, &call->account, card,
		request->now, &preview, &why)) {
	case PROFILE_OK:
		return command_done(call, preview_text(request->arena, &preview), false);
	case PROFILE_INVALID:
		return command_bad_payload(call, why);
	case PROFILE_LIMITED:
	case PROFILE_NONE:
	case PROFILE_ERROR:
		break;
	}
	return ANSWER_INTERNAL_SERVER_ERROR;
}

const struct command command_preview = {
	"preview", "Preview of a change of my numbers", false, preview};
