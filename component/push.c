/* Renders pushes: XEP-0359 0.7.0 (origin-id), XEP-0334 1.0.0 (store), XEP-0203 2.0 (delay). */
#include "component/push.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/arena.h"
#include "common/log.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/datetime.h"
#include "component/gather.h"
#include "component/keyed.h"
#include "component/run.h"
#include "component/update.h"

#define PUSH_LATE_S 30	  /* said to be late if older: a long run takes seconds */
#define PUSH_NAME_MAX 128 /* bytes of the name in a body */

void push_id(char id[PUSH_ID_SIZE], const unsigned char key[32], int64_t update)
{
	char text[32];

	snprintf(text, sizeof(text), "push %" PRId64, update);
	keyed_check(id, key, text);
}

static struct xml *message_new(
	struct arena *arena, const char *from, const char *to, const char *id, const char *body)
{
	struct xml *message = xml_new(arena, NS_COMPONENT, "message");

	xml_set(arena, message, "type", "chat");
	xml_set(arena, message, "from", from);
	xml_set(arena, message, "to", to);
	xml_set(arena, message, "id", id);
	xml_add_text_element(arena, message, NULL, "body", body);
	xml_set(arena, xml_add(arena, message, NS_SID, "origin-id"), "id", id);
	xml_add(arena, message, NS_HINTS, "store");
	return message;
}

struct xml *push_summary(
	struct arena *arena, const char *from, const char *id, const struct gather_summary *summary)
{
	const char *body = arena_printf(arena,
		summary->contacts == 1 ? "%" PRId64 " contact in your address book changed."
				       : "%" PRId64 " contacts in your address book changed.",
		summary->contacts);
	struct xml *message = message_new(arena, from, summary->holder, id, body);

	return arena_failed(arena) ? NULL : message;
}

struct xml *push_message(struct arena *arena, const char *from, const char *id,
	const struct run_push *push, int64_t now)
{
	struct xml *message, *delay;
	char name[PUSH_NAME_MAX];
	const char *body;

	/* A card may have come from a stranger: no name may look like a line of its own. */
	log_escape(name, sizeof(name), push->name[0] != '\0' ? push->name : push->subject);
	body = arena_printf(arena, "%s's account says: %s.", name, update_text(arena, push->what));
	message = message_new(arena, from, push->holder, id, body);
	if (now - push->at > PUSH_LATE_S) {
		delay = xml_add(arena, message, NS_DELAY, "delay");
		xml_set(arena, delay, "from", from);
		xml_set(arena, delay, "stamp", datetime_format(arena, push->at));
	}
	return arena_failed(arena) ? NULL : message;
}
