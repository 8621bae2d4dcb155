/* A keyed check over a text: HMAC-SHA256 (RFC 2104) by nettle. */
#include "component/keyed.h"

#include <nettle/base16.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <string.h>

void keyed_check(char check[KEYED_SIZE], const unsigned char key[32], const char *text)
{
	struct hmac_sha256_ctx context;
	uint8_t digest[(KEYED_SIZE - 1) / 2];

	hmac_sha256_set_key(&context, 32, key);
	hmac_sha256_update(&context, strlen(text), (const uint8_t *)text);
	hmac_sha256_digest(&context, sizeof(digest), digest);
	base16_encode_update(check, sizeof(digest), digest);
	check[KEYED_SIZE - 1] = '\0';
}

bool keyed_is(const char *check, const unsigned char key[32], const char *text)
{
	char right[KEYED_SIZE];

	keyed_check(right, key, text);
	return strlen(check) == KEYED_SIZE - 1 && memeql_sec(check, right, KEYED_SIZE - 1);
}
