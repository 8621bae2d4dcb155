/* What tells one number from another: libphonenumber (phone_lib.cc) or a plain rule
 * (phone_plain.c). Used by phone.c only. */
#ifndef KITH_PHONE_ENGINE_H
#define KITH_PHONE_ENGINE_H

#include <stdbool.h>

#include "common/phone.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What phone.c made of the text, for an engine. */
struct phone_input {
	const char *text;   /* UTF-8, at most PHONE_INPUT_MAX bytes, without control characters */
	const char *region; /* two upper-case letters, or "" */
	const char *digits; /* the number's, ASCII, with a leading + kept; "" if the text has more
			       than digits and what people put between them */
};

/* What a text is. */
enum phone_sort {
	PHONE_VALID, /* kind, charge, e164, extension, display (without the extension) are filled in
		      */
	PHONE_POSSIBLE, /* the same but for kind and charge: its length is right, its range isn't in
			   use, or is newer than the library, or set aside for films (+44 7700
			   900123) */
	PHONE_INVALID,	/* a number that can't exist, or not without its region */
	PHONE_SHORT, /* 112, a service number, or no number at all: means something only as typed */
};

enum phone_sort phone_engine_read(struct phone *out, const struct phone_input *input);

/* region: two upper-case letters. */
bool phone_engine_is_region(const char *region);

bool phone_engine_is_library(void);

#ifdef __cplusplus
}
#endif

#endif
