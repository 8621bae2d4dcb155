/* Renders pushes: see say.h, XEP-0203 2.0 (delay) and XEP-0372 0.5.0 (which contact it is about).
 */
#include "component/push.h"

#include <inttypes.h>

#include "common/arena.h"
#include "common/item_uri.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/datetime.h"
#include "component/gather.h"
#include "component/keyed.h"
#include "component/run.h"
#include "component/save_offer.h"
#include "component/say.h"
#include "component/share.h"

#define PUSH_LATE_S 30 /* said to be late if older: a long run takes seconds */

void push_id(char id[PUSH_ID_SIZE], const unsigned char key[32], int64_t update)
{
	keyed_id(id, key, "push", update, 0);
}

struct xml *push_summary(
	struct arena *arena, const char *from, const char *id, const struct gather_summary *summary)
{
	const struct store_gathered *what = &summary->what;
	const char *body = "";
	struct xml *message;

	if (what->contacts > 0)
		body = arena_printf(arena,
			what->contacts == 1 ? "%" PRId64 " contact in your address book changed."
					    : "%" PRId64 " contacts in your address book changed.",
			what->contacts);
	if (what->proposals > 0)
		body = arena_printf(arena,
			"%s%sChanges of your contacts that wait for your answer: %" PRId64 ".",
			body, *body ? "\n" : "", what->proposals);
	if (what->offers > 0)
		body = arena_printf(arena,
			"%s%sNumbers changed of %" PRId64
			" in your roster, who can be saved in your address book.",
			body, *body ? "\n" : "", what->offers);
	if (what->proposals + what->offers > 0)
		body = arena_printf(arena, "%s %s", body, say_link(arena, from, NULL));
	message = say_new(arena, from, summary->holder, id, body);
	return arena_failed(arena) ? NULL : message;
}

/* To one who has no contact: the card, to be saved. */
static struct xml *offer_message(struct arena *arena, const char *from, const char *id,
	const struct run_push *push, const char *name)
{
	const struct vcard *card = vcard_from_xml_text(arena, push->card, push->card_len, NULL);
	struct xml *message;

	if (!card)
		return NULL;
	message = share_message(arena, from, push->holder, id,
		arena_printf(arena,
			"%s's account says that the numbers changed. The contact details now:",
			name),
		card, push->subject);
	if (message)
		save_offer_add(arena, message, from, push->token);
	return message;
}

struct xml *push_message(struct arena *arena, const char *from, const char *id,
	const struct run_push *push, int64_t now)
{
	struct xml *message, *delay;
	const char *name, *body;

	/* A card may have come from a stranger: no name may look like a line of its own. */
	name = say_name(arena, push->name[0] != '\0' ? push->name : push->subject);
	if (push->is_offer) {
		message = offer_message(arena, from, id, push, name);
		goto out;
	}
	body = arena_printf(arena, "%s's account says: %s.", name, push->text);
	if (push->token)
		message = say_question(arena, from, push->holder, id,
			arena_printf(arena,
				"%s Your card is unchanged: answer \"yes\" to change it, or "
				"\"no\".",
				body),
			push->token, "Change my card", "Leave it");
	else {
		message = say_new(arena, from, push->holder, id, body);
		item_uri_refer(arena, message, from, NODE_CONTACTS, push->item);
	}
out:
	if (now - push->at > PUSH_LATE_S) {
		delay = xml_add(arena, message, NS_DELAY, "delay");
		xml_set(arena, delay, "from", from);
		xml_set(arena, delay, "stamp", datetime_format(arena, push->at));
	}
	return arena_failed(arena) ? NULL : message;
}
