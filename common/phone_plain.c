/* Telephone numbers without libphonenumber: international ones by their +, and those of China,
 * where the first digit tells the kind. */
#include "common/phone_engine.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define E164_MIN 7
#define E164_MAX 15 /* digits; ITU-T E.164, 6.2.1 */

#define CHINA "+86"

/* The kind of an E.164 number. */
static enum phone_kind kind_of(const char *e164)
{
	const char *national = e164 + strlen(CHINA);

	if (strncmp(e164, CHINA, strlen(CHINA)) != 0)
		return PHONE_UNKNOWN;
	return *national == '1' && strlen(national) == 11 ? PHONE_MOBILE : PHONE_FIXED;
}

enum phone_sort phone_engine_read(struct phone *out, const struct phone_input *input)
{
	const char *digits = input->digits;
	char e164[PHONE_INPUT_MAX + sizeof(CHINA)] = "";
	size_t len;

	if (!*digits)
		return PHONE_SHORT;
	if (*digits == '+') {
		snprintf(e164, sizeof(e164), "%s", digits);
	} else if (strcmp(input->region, "CN") == 0) {
		if (strncmp(digits, "00", 2) == 0)
			snprintf(e164, sizeof(e164), "+%s", digits + 2);
		else if (*digits == '0' && strlen(digits) >= 10)
			snprintf(e164, sizeof(e164), CHINA "%s", digits + 1);
		else if (*digits == '1' && strlen(digits) == 11)
			snprintf(e164, sizeof(e164), CHINA "%s", digits);
	}
	len = strlen(e164);
	if (len < E164_MIN + 1 || len > E164_MAX + 1 || e164[1] == '0')
		return PHONE_INVALID;
	memcpy(out->e164, e164, len + 1);
	memcpy(out->display, e164, len + 1);
	out->kind = kind_of(e164);
	return PHONE_VALID;
}

bool phone_engine_is_region(const char *region)
{
	return isupper((unsigned char)region[0]) && isupper((unsigned char)region[1]);
}

bool phone_engine_is_library(void)
{
	return false;
}
