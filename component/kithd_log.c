/* kithd's log goes to stderr, and who reads that may hang: a logger behind a pipe, a journal whose
 * disk doesn't answer. He is waited for a moment, and then done without until he reads again. */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "component/kithd.h"

#define PATIENCE_MS 1000

static unsigned lost; /* lines, since one was taken */

/* A line is shorter than what a pipe that is ready takes at once. */
static bool is_taken(int patience_ms)
{
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&out, 1, patience_ms) != 0;
}

static void write_line(void *context, enum log_level level, const char *text)
{
	char line[80];

	if (lost && is_taken(0)) {
		snprintf(line, sizeof(line), "kithd: %u lines of the log were lost: nobody read it",
			lost);
		lost = 0;
		log_to_stderr(context, LOG_LEVEL_WARN, line);
	}
	if (is_taken(lost ? 0 : PATIENCE_MS))
		log_to_stderr(context, level, text);
	else
		lost++;
}

void kithd_log_begin(enum log_level most)
{
	log_set(write_line, NULL, most);
}
