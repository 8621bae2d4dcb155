/* The command `look`: one's vCard at the server is read, where that is followed (pep.h). */
#include "common/arena.h"
#include "component/commands.h"
#include "component/pep.h"

static enum answer look(struct command_call *call)
{
	struct request *request = call->request;
	struct service *service = request->service;
	struct store_follow follow = {.account = 0};

	if (store_follow_get(service->store, request->arena, call->account.id, &follow) ==
		STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (!follow.shares)
		return command_done(call,
			arena_printf(request->arena,
				"The vCard that you publish on your server is followed once %s is "
				"in your contact list and may see when you are online.",
				service->settings->jid),
			true);
	follow.read_at = 0; /* who asks for it has it, however soon */
	pep_read(request, &call->account, &follow);
	return command_done(call,
		"The vCard that you publish on your server is read now; what is new in it is then "
		"in your profile.",
		false);
}

const struct command command_look = {"look", "Read my vCard again", false, look};
