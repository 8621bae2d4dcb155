/* The command for admins that tells something to all who are online (XEP-0133,
 * version 1.3.1, 4.23).
 *
 * The service knows no presence: a headline to the bare JID of each account goes to the devices
 * that are online, and is kept for nobody (RFC 6121, 8.5.2). */
#include <inttypes.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/commands.h"
#include "component/form.h"

#define STEP_MAX 2000 /* accounts that are told in one go: requests of others wait meanwhile */
#define TEXT_MAX 4096 /* bytes */

struct announcement {
	struct command_call *call;
	const char *text, *last;
	size_t count;
};

static enum answer ask(struct command_call *call)
{
	struct arena *arena = call->request->arena;

	call->reply = form_new(arena, "form", NULL);
	form_describe(arena, call->reply, "Making an announcement",
		"To all accounts of this service that are online.");
	form_add(arena, call->reply, "FORM_TYPE", "hidden", NULL, NS_ADMIN);
	form_require(arena,
		form_add(arena, call->reply, "announcement", "text-multi", "Announcement", NULL));
	return ANSWER_RESULT;
}

static void tell(void *context, const struct store_account *account)
{
	struct announcement *announcement = context;
	struct request *request = announcement->call->request;
	struct xml *message = xml_new(request->arena, NS_COMPONENT, "message");

	xml_set(request->arena, message, "from", request->service->settings->jid);
	xml_set(request->arena, message, "to", account->jid);
	xml_set(request->arena, message, "type", "headline");
	xml_set(request->arena, message, "id", service_random_id(request->arena));
	xml_add_text_element(request->arena, message, NULL, "subject", "Announcement");
	xml_add_text_element(request->arena, message, NULL, "body", announcement->text);
	if (!arena_failed(request->arena))
		request->service->send(request->service, message);
	announcement->last = account->jid;
	announcement->count++;
}

/* There are more: the admin goes on from here. */
static enum answer ask_whether(struct command_call *call, const struct announcement *announcement)
{
	struct arena *arena = call->request->arena;

	call->reply = form_new(arena, "form", NULL);
	call->is_cut = true;
	form_describe(arena, call->reply, "Making an announcement",
		arena_printf(arena, "It went to %zu accounts, up to %s. Go on with those behind?",
			announcement->count, announcement->last));
	form_add(arena, call->reply, "FORM_TYPE", "hidden", NULL, NS_ADMIN);
	form_add(arena, call->reply, "after", "hidden", NULL, announcement->last);
	form_add_lines(arena, form_add(arena, call->reply, "announcement", "hidden", NULL, NULL),
		announcement->text);
	return ANSWER_RESULT;
}

static enum answer announce(struct command_call *call)
{
	struct request *request = call->request;
	struct arena *arena = request->arena;
	struct announcement announcement = {
		.call = call, .text = form_lines(arena, call->form, "announcement", TEXT_MAX)};

	if (!call->form)
		return ask(call);
	if (!announcement.text || !*announcement.text)
		return command_bad_payload(call, "announcement is empty, or too long");
	if (store_account_list(request->service->store, arena,
		    form_value(arena, call->form, "after"), STEP_MAX, tell,
		    &announcement) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (announcement.count == STEP_MAX)
		return ask_whether(call, &announcement);
	return command_done(
		call, arena_printf(arena, "It went to %zu accounts.", announcement.count), false);
}

const struct command command_announce = {
	NS_ADMIN "#announce", "Making an announcement", true, announce};
