/* The log: one line a message, to a sink that the host gives, or to stderr. */
#include "config.h"

#include "common/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/monotonic.h"
#include "common/utf8.h"

#define LINE_MAX_LEN 2048
#define BUDGET_LINES 5
#define BUDGET_MS 60000

static log_sink *current_sink = log_to_stderr;
static void *current_context;
static enum log_level current_most = LOG_LEVEL_INFO;

/* sd-daemon(3): the journal tells its stream by device and inode. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat info;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &info) == 0 && info.st_dev == device && info.st_ino == inode;
}

void log_to_stderr(void *context, enum log_level level, const char *text)
{
	static const struct {
		const char *journal, *word;
	} prefixes[] = {
		[LOG_LEVEL_ERROR] = {"<3>", "error: "},
		[LOG_LEVEL_WARN] = {"<4>", "warning: "},
		[LOG_LEVEL_INFO] = {"<6>", "info: "},
		[LOG_LEVEL_DEBUG] = {"<7>", "debug: "},
	};

	(void)context;
	fprintf(stderr, "%s%s\n",
		stderr_is_journal() ? prefixes[level].journal : prefixes[level].word, text);
}

void log_set(log_sink *sink, void *context, enum log_level most)
{
	current_sink = sink ? sink : log_to_stderr;
	current_context = context;
	current_most = most;
}

bool log_shows(enum log_level level)
{
	return level <= current_most;
}

__attribute__((format(printf, 2, 0))) static void write_line(
	enum log_level level, const char *format, va_list args)
{
	char line[LINE_MAX_LEN], clean[LINE_MAX_LEN];

	if (!log_shows(level))
		return;
	if (vsnprintf(line, sizeof(line), format, args) < 0)
		return;
	for (char *c = line; *c; c++) {
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	}
	/* Also what a caller took for tame: a prepared JID may have directions in it. */
	current_sink(current_context, level, log_escape(clean, sizeof(clean), line));
}

#define DEFINE_LEVEL(name, level)                                                                  \
	void name(const char *format, ...)                                                         \
	{                                                                                          \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, format);                                                            \
		write_line(level, format, args);                                                   \
		va_end(args);                                                                      \
	}

__attribute__((format(printf, 2, 3))) static void write_level(
	enum log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(level, format, args);
	va_end(args);
}

DEFINE_LEVEL(log_error, LOG_LEVEL_ERROR)
DEFINE_LEVEL(log_warn, LOG_LEVEL_WARN)
DEFINE_LEVEL(log_info, LOG_LEVEL_INFO)
DEFINE_LEVEL(log_debug, LOG_LEVEL_DEBUG)

void log_rarely(struct log_budget *budget, enum log_level level, const char *format, ...)
{
	int64_t now_ms;
	char line[LINE_MAX_LEN], more[32] = "";
	va_list args;

	if (!log_shows(level))
		return;
	now_ms = monotonic_ms();
	if (now_ms >= budget->until_ms) {
		budget->until_ms = now_ms + BUDGET_MS;
		budget->left = BUDGET_LINES;
	}
	if (budget->left == 0) {
		budget->left_out++;
		return;
	}
	budget->left--;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (budget->left_out > 0)
		snprintf(more, sizeof(more), " (%u more before)", budget->left_out);
	budget->left_out = 0;
	write_level(level, "%.*s%s", (int)(sizeof(line) - sizeof(more)), line, more);
}

const char *log_escape(char *out, size_t size, const char *text)
{
	static const char cut[] = "...";
	size_t len = 0, fits = 0, left = strlen(text);

	if (size == 0)
		return out;
	while (left > 0) {
		char escaped[16];
		const char *piece = escaped;
		uint32_t character;
		size_t bytes = utf8_decode(text, left, &character);
		size_t piece_len;

		if (bytes == 0 || (bytes == 1 && utf8_steers(character)))
			snprintf(escaped, sizeof(escaped), "\\x%02x", (unsigned char)*text);
		else if (utf8_steers(character))
			snprintf(escaped, sizeof(escaped), "\\u{%04x}", (unsigned)character);
		else
			piece = text;
		piece_len = piece == text ? bytes : strlen(piece);
		if (len + piece_len >= size) {
			/* Back to the last place that leaves room for the dots. */
			size_t dots = size > sizeof(cut) ? sizeof(cut) - 1 : size - 1;

			memcpy(out + fits, cut, dots);
			len = fits + dots;
			break;
		}
		memcpy(out + len, piece, piece_len);
		len += piece_len;
		if (len + sizeof(cut) <= size)
			fits = len;
		if (bytes == 0)
			bytes = 1;
		text += bytes;
		left -= bytes;
	}
	out[len] = '\0';
	return out;
}
