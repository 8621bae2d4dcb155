/* What the `kith` command prints. */
#include "plugin/cli_show.h"

#include <errno.h>
#include <stdlib.h>

void cli_show_end_line(struct cli_show *show)
{
	if (show->is_on_line)
		fputs("\r\033[K", stderr);
	show->is_on_line = false;
}

static void show_progress(struct cli_show *show, const char *text)
{
	fprintf(stderr, "\r%s\033[K", text);
	fflush(stderr);
	show->is_on_line = true;
}

void cli_show(struct cli_show *show, const struct kith_event *event)
{
	bool fault = event->kind == KITH_EVENT_ERROR || event->kind == KITH_EVENT_SKIPPED;
	bool passes = event->kind == KITH_EVENT_PROGRESS && !show->json;
	char *text;

	if (passes && !show->is_terminal)
		return;
	text = show->json ? kith_event_json(event) : kith_event_text(event);
	if (text && *text && passes) {
		show_progress(show, text);
	} else if (text && *text) {
		cli_show_end_line(show);
		fprintf(fault && !show->json ? stderr : show->out, "%s\n", text);
		/* Who reads no more wants no more. */
		if (fflush(show->out) != 0 && errno != EPIPE)
			show->error = errno;
	}
	free(text);
}
