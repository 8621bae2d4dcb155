/* Numbers: the first two bytes are the region. A number that is valid is the same one in all the
 * forms that are given for it. */
#include <string.h>

#include "common/phone.h"
#include "tests/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct phone phone, again;
	char region[3] = "", digits[PHONE_INPUT_MAX + 1];
	char *text;

	if (len < 2)
		return 0;
	memcpy(region, data, 2);
	text = strndup((const char *)data + 2, len - 2);
	MUST(text);
	phone_read(&phone, text, phone_is_region(region) ? region : "GB");
	(void)phone_read_plain(digits, text);
	free(text);
	if (!phone.valid)
		return 0;
	phone_read(&again, phone.uri, NULL);
	MUST(again.valid && strcmp(again.identity, phone.identity) == 0);
	phone_read(&again, phone.e164, NULL);
	MUST(again.valid && strcmp(again.e164, phone.e164) == 0);
	return 0;
}
