/* The command `profile`: one's own name, numbers and e-mail addresses (design: sections 3, "forms",
 * and 4, "History"): what is cleared here is given up, since it is the owner's own word. Where a
 * number changes, a second stage says what changes and how many that reaches, before it is stored
 * (XEP-0050, 3.4). No session is kept: the second form has all of the first, hidden. */
#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/card_form.h"
#include "component/commands.h"
#include "component/form.h"
#include "component/preview.h"
#include "component/profile.h"
#include "component/published.h"
#include "component/report.h"

#define CONFIRMS "confirms" /* the second stage */

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

/* The first stage, with what became of the last change. */
static enum answer ask(struct command_call *call, const struct vcard *card, const char *state)
{
	struct request *request = call->request;
	struct arena *arena = request->arena;
	struct xml *form = form_new(arena, "form", NULL);
	const char *last;

	if (report_state(request->service->store, arena, call->account.id, request->now, &last) ==
		STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	form_describe(arena, form, "My profile",
		"One number per line. Who has your card is told what a number became; one that you "
		"clear counts as given up.");
	if (last)
		form_add(arena, form, "report", "fixed", NULL, last);
	form_add(arena, form, "state", "hidden", NULL, state);
	card_form_write(arena, form, card, command_region(call));
	call->reply = form;
	call->has_next = true;
	return ANSWER_RESULT;
}

/* The second. */
static enum answer ask_again(
	struct command_call *call, const struct preview *preview, const char *state)
{
	struct arena *arena = call->request->arena;
	struct xml *form = form_new(arena, "form", NULL);

	form_describe(arena, form, "My profile",
		"This is what changes. Nothing is stored before you say so.");
	form_add(arena, form, "preview", "fixed", NULL, preview_text(arena, preview));
	form_add(arena, form, CONFIRMS, "hidden", NULL, "1");
	form_add(arena, form, "state", "hidden", NULL, state);
	card_form_keep(arena, form, call->form);
	call->reply = form;
	return ANSWER_RESULT;
}

static enum answer publish(struct command_call *call, const struct vcard *card)
{
	struct request *request = call->request;
	struct service *service = request->service;
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
	if (published_tell(service, request->arena, &call->account, request->now) != 0)
		return ANSWER_INTERNAL_SERVER_ERROR;
	return command_done(call, "Your profile is stored.", false);
}

/* The first stage again, with what was filled in, if it makes sense. */
static enum answer ask_filled(struct command_call *call, struct vcard *card, const char *state)
{
	const char *region = command_region(call);

	if (card_form_read(call->request->arena, call->filled, card, region) &&
		read_profile(call, &card, &state) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	return ask(call, card, state);
}

static enum answer profile(struct command_call *call)
{
	struct request *request = call->request;
	const char *filled_in_for = form_value(request->arena, call->form, "state");
	bool is_confirmed = form_field(call->form, CONFIRMS) != NULL;
	const struct xml *form = call->form;
	const char *state, *fault, *why = NULL;
	struct preview preview;
	struct vcard *card;

	if (read_profile(call, &card, &state) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	/* Else an old form would take back what another device wrote meanwhile. */
	if (filled_in_for && state && strcmp(filled_in_for, state) != 0)
		return command_done(
			call, "Your profile was changed meanwhile: please begin again.", true);
	if (!form)
		return call->filled ? ask_filled(call, card, state) : ask(call, card, state);
	if (is_confirmed)
		form = card_form_kept(request->arena, form);
	fault = card_form_read(request->arena, form, card, command_region(call));
	if (fault)
		return command_bad_payload(call, fault);
	if (is_confirmed)
		return publish(call, card);
	switch (preview_change(&request->service->rules, request->arena, &call->account, card,
		request->now, &preview, &why)) {
	case PROFILE_OK:
		return preview.what ? ask_again(call, &preview, state) : publish(call, card);
	case PROFILE_INVALID:
		return command_bad_payload(call, why);
	case PROFILE_LIMITED:
	case PROFILE_NONE:
	case PROFILE_ERROR:
		break;
	}
	return ANSWER_INTERNAL_SERVER_ERROR;
}

const struct command command_profile = {"profile", "My profile", false, profile};
