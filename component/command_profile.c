/* The command `profile`: one's own name, numbers and e-mail addresses (design: sections 3, "forms",
 * and 4, "History"): what is cleared here is given up, since it is the owner's own word. */
#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/card_form.h"
#include "component/commands.h"
#include "component/form.h"
#include "component/held.h"
#include "component/profile.h"

/* The profile, *card, empty if there is none to be seen; state: which one that is. */
static enum store_result read_profile(
	struct command_call *call, struct vcard **card, const char **state)
{
	struct request *request = call->request;
	struct store_profile profile = {0};
	enum store_result result = store_profile_get(
		request->service->store, request->arena, call->account.id, &profile);

	*card = NULL;
	if (result == STORE_ERROR)
		return result;
	if (result == STORE_OK && !profile.hidden)
		*card = vcard_from_xml_text(request->arena, profile.card, profile.card_len, NULL);
	else
		*card = vcard_new(request->arena);
	*state = arena_printf(
		request->arena, "%" PRId64 ".%" PRId64, profile.version, profile.changed_at);
	return *card ? STORE_OK : STORE_ERROR;
}

static enum answer ask(struct command_call *call, const struct vcard *card, const char *state)
{
	struct arena *arena = call->request->arena;
	struct xml *form = form_new(arena, "form", NULL);

	form_describe(arena, form, "My profile",
		"A number a line. Who has your card is told what a number became; one that you "
		"clear counts as given up.");
	form_add(arena, form, "state", "hidden", NULL, state);
	card_form_write(arena, form, card, call->request->service->settings->region);
	call->reply = form;
	return ANSWER_RESULT;
}

static enum answer publish(struct command_call *call, const struct vcard *card)
{
	struct request *request = call->request;
	struct service *service = request->service;
	struct store_profile profile;
	const char *why = NULL;

	switch (profile_publish(&service->rules, request->arena, &call->account, card,
		PROFILE_FROM_KITH, request->now, &why)) {
	case PROFILE_OK:
		break;
	case PROFILE_INVALID:
		return command_bad_payload(call, why);
	case PROFILE_LIMITED:
		request->error_text = why;
		return ANSWER_RESOURCE_CONSTRAINT;
	case PROFILE_NONE:
	case PROFILE_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	if (store_profile_get(service->store, request->arena, call->account.id, &profile) !=
		STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	service_profile_changed(
		service, request->arena, call->account.jid, profile.card, profile.card_len);
	if (held_announce(request, &call->account) != ANSWER_RESULT)
		return ANSWER_INTERNAL_SERVER_ERROR;
	return command_done(call, "Your profile is stored.", false);
}

static enum answer profile(struct command_call *call)
{
	struct request *request = call->request;
	const char *filled_in_for = form_value(request->arena, call->form, "state");
	const char *state, *fault;
	struct vcard *card;

	if (read_profile(call, &card, &state) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (!call->form)
		return ask(call, card, state);
	/* Else an old form would take back what another device wrote meanwhile. */
	if (filled_in_for && state && strcmp(filled_in_for, state) != 0)
		return command_done(
			call, "Your profile was changed meanwhile: please begin again.", true);
	fault = card_form_read(
		request->arena, call->form, card, request->service->settings->region);
	return fault ? command_bad_payload(call, fault) : publish(call, card);
}

const struct command command_profile = {"profile", "My profile", false, profile};
