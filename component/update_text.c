/* What an update did, in words. */
#include "component/update.h"

#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/phone.h"
#include "component/update_what.h"

size_t update_describe(struct arena *arena, const char *text, struct update_item *items, size_t max)
{
	size_t count = 0;
	struct what what;

	while (count < max && what_next(arena, &text, &what))
		items[count++] = (struct update_item){.verb = what.verb,
			.kind = what.kind,
			.old_display = what.verb == UPDATE_REPLACED ? what.old_display : NULL,
			.display = what.display};
	return count;
}

/* A number that costs more is told as one, also where it takes the place of another. */
static const char *note_of(const struct what *what)
{
	struct phone phone;

	phone_read(&phone, what->identity, NULL);
	return phone_charge_note(phone.charge);
}

static void say(struct buffer *out, const struct what *what)
{
	if (out->len > 0)
		buffer_puts(out, "; ");
	switch (what->verb) {
	case UPDATE_REPLACED:
		buffer_printf(out, "%s %s is now %s%s", what->kind, what->old_display,
			what->display, note_of(what));
		break;
	case UPDATE_MARKED:
		buffer_printf(out, "%s %s is no longer in use", what->kind, what->display);
		break;
	case UPDATE_UNMARKED:
		buffer_printf(
			out, "%s %s%s is in use again", what->kind, what->display, note_of(what));
		break;
	case UPDATE_ADDED:
		buffer_printf(out, "new: %s %s%s", what->kind, what->display, note_of(what));
		break;
	}
}

const char *update_text(struct arena *arena, const char *text)
{
	struct buffer out;
	struct what what;
	const char *said, *moved_to = "";

	buffer_init(&out, 0);
	while (what_next(arena, &text, &what)) {
		/* A mark that a new number doesn't get from the one before is none that it had. */
		if (what.verb != UPDATE_UNMARKED || strcmp(what.identity, moved_to) != 0)
			say(&out, &what);
		moved_to = what.verb == UPDATE_REPLACED ? what.identity : "";
	}
	said = arena_strdup(arena, buffer_string(&out));
	buffer_clear(&out);
	return said;
}
