/* The command `changes`, for admins: the newest changes of people's numbers, as kithctl(8) prints
 * them. */
#include "common/arena.h"
#include "common/xml.h"
#include "component/commands.h"
#include "component/datetime.h"
#include "component/form.h"

#define CHANGES_MAX 50

/* The form that is being filled: one field, a line a change. */
struct listing {
	struct arena *arena;
	struct xml *field;
	size_t count;
};

static void add_line(void *context, const struct store_change *change)
{
	struct listing *listing = context;

	form_add_value(listing->arena, listing->field,
		arena_printf(listing->arena, "%s %s: %s",
			datetime_format(listing->arena, change->at), change->jid, change->what));
	listing->count++;
}

static enum answer changes(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	struct listing listing = {.arena = arena};

	call->reply = form_new(arena, "result", NULL);
	form_describe(arena, call->reply, "Changes of numbers", NULL);
	listing.field =
		form_add(arena, call->reply, "changes", "text-multi", "The newest first", NULL);
	if (store_change_list(call->request->service->store, arena, 0, CHANGES_MAX, add_line,
		    &listing) == STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (listing.count == 0) {
		call->reply = NULL;
		return command_done(call, "There are none.", false);
	}
	call->completed = true;
	return ANSWER_RESULT;
}

const struct command command_changes = {"changes", "Changes of numbers", true, changes};
