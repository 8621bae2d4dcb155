/* Telephone numbers: what a number is (its identity), of what kind, and how it is shown.
 *
 * With libphonenumber (phone_lib.cc), or without (phone_plain.c: an international number is one
 * that begins with +, and the kind is known in region CN only, by the first digit: 0 landline, 1
 * mobile). */
#ifndef KITH_PHONE_H
#define KITH_PHONE_H

#include <stdbool.h>
#include <stddef.h>

#define PHONE_INPUT_MAX                                                                            \
	128 /* bytes of a TEL value that are looked at; longer ones are not numbers */
#define PHONE_TEXT_MAX 160 /* bytes of any text of struct phone, with the terminator */

enum phone_kind {
	PHONE_UNKNOWN, /* not known, or mobile and fixed can't be told apart (as in +1) */
	PHONE_MOBILE,
	PHONE_FIXED,
	PHONE_OTHER, /* toll-free, premium, pager ... */
};

/* What a call to a number costs who makes it, where that is out of the common. */
enum phone_charge {
	PHONE_CHARGE_USUAL, /* or not known, as always without the library */
	PHONE_TOLL_FREE,
	PHONE_SHARED_COST,
	PHONE_PREMIUM,
};

/* A number that was read. All texts are terminated; "" where there is none. */
struct phone {
	bool valid; /* a number that can exist; false: identity is its digits */
	enum phone_kind kind;
	enum phone_charge charge;
	char e164[24];		       /* "+447700900123"; ITU-T E.164; "" when not valid */
	char extension[24];	       /* digits */
	char identity[PHONE_TEXT_MAX]; /* equal for two writings of one number: the E.164 form with
					  ";ext=..." if any (also of a number that isn't valid, but
					  of a possible length: +44 7700 900123 is set aside for
					  films), else the digits (with a leading + kept). "" when
					  there is no digit, the text is too long, has more than a
					  number in it, or is an emergency or service number: such a
					  value is text, it is never matched */
	char display[PHONE_TEXT_MAX]; /* to show: "+44 7700 900123", else what was typed, cleaned */
	char uri[PHONE_TEXT_MAX];     /* "tel:+447700900123;ext=12" (RFC 3966); "" when not valid */
};

/* Reads text: what a person typed, or a tel: URI (RFC 3966). region: two letters (ISO 3166) for
 * numbers written without country code, or NULL or "" for none. Always fills *out. Cheap checks
 * come first; the full treatment of one number costs some 20 microseconds. */
void phone_read(struct phone *out, const char *text, const char *region);

/* The digits of a text that is a number and nothing else (digits, blanks, dots, hyphens and
 * brackets, a + before them, a tel: before that), with the +; false for any other text. No engine
 * is asked, which makes it far cheaper than phone_read(), and the identity it may differ from: by
 * what stands before the last four digits, as in "+44 (0)7700 900123". Digits with a + that are the
 * identity of some number are of that number. */
bool phone_read_plain(char digits[PHONE_INPUT_MAX + 1], const char *text);

/* True if region is one that numbers can be read in ("GB"). */
bool phone_is_region(const char *region);

/* "mobile", "fixed", "unknown", "other". */
const char *phone_kind_name(enum phone_kind kind);

/* "toll-free", "shared-cost", "premium-rate"; NULL for the usual. */
const char *phone_charge_name(enum phone_charge charge);
/* What a person is to see behind the number: " (premium-rate number)"; "" for the usual. */
const char *phone_charge_note(enum phone_charge charge);

/* True if built with libphonenumber. */
bool phone_has_library(void);

#endif
