/* The log. Subject first: log_warn("link: refused by %s: %s", ...). Never secrets, never the
 * contents of cards, never whole stanzas; foreign text goes through log_escape(). */
#ifndef KITH_LOG_H
#define KITH_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR, /* the admin must act */
	LOG_LEVEL_WARN,	 /* odd, and handled */
	LOG_LEVEL_INFO,	 /* life cycle */
	LOG_LEVEL_DEBUG, /* a line a stanza */
};

/* Where a line goes. text is terminated, has no newline, and is borrowed for the call. */
typedef void log_sink(void *context, enum log_level level, const char *text);

/* The default: with the prefix <3> <4> <6> <7> of sd-daemon(3) where stderr is the journal. */
void log_to_stderr(void *context, enum log_level level, const char *text);

/* Replaces the sink and the most verbose level that is passed on (default: info). NULL sink:
 * default. */
void log_set(log_sink *sink, void *context, enum log_level most);

/* True if lines of that level are passed on: asked before what a line says is worked out. */
bool log_shows(enum log_level level);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What may still be logged of something; zeroed at first, one for each place or kind. */
struct log_budget {
	int64_t until_ms;  /* monotonic: the end of the minute that counts */
	unsigned left;	   /* lines, until then */
	unsigned left_out; /* lines since the last one */
};

/* For what a peer can bring about as often as it likes: at most 5 lines a minute; the next one says
 * how many were left out before it. */
void log_rarely(struct log_budget *budget, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Foreign text made fit for a line of log or a terminal: control, direction and invalid characters
 * become \xNN or \u{NNNN}, cut to what fits in size bytes (a cut is shown by "..."). Returns out.
 */
const char *log_escape(char *out, size_t size, const char *text);

#endif
