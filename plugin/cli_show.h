/* What the `kith` command prints: an event a line or as JSON, and how far long work is, on a line
 * of a terminal that is written over. */
#ifndef KITH_CLI_SHOW_H
#define KITH_CLI_SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include <kith.h>

struct cli_show {
	FILE *out; /* for what isn't an error */
	bool json;
	bool is_terminal; /* standard error is one: progress is shown there */
	int error;	  /* errno of what couldn't be written; 0: all was */
	bool is_on_line;  /* progress stands on the last line */
};

void cli_show(struct cli_show *show, const struct kith_event *event);
/* Takes the line with the progress away: something else is about to be printed. */
void cli_show_end_line(struct cli_show *show);

#endif
