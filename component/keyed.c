/* A keyed check over a text: see keyed.h. */
#include "component/keyed.h"

#include <inttypes.h>
#include <nettle/memops.h>
#include <stdio.h>
#include <string.h>

#include "common/siphash.h"

static void write_hex(char *out, uint64_t word, int digits)
{
	while (digits-- > 0) {
		out[digits] = "0123456789abcdef"[word & 15];
		word >>= 4;
	}
}

/* 64 bits with the one half of the key, 32 with the other. */
void keyed_check(char check[KEYED_SIZE], const unsigned char key[32], const char *text)
{
	size_t len = strlen(text);

	write_hex(check, siphash(key, text, len), 16);
	write_hex(check + 16, siphash(key + 16, text, len), 8);
	check[KEYED_SIZE - 1] = '\0';
}

bool keyed_is(const char *check, const unsigned char key[32], const char *text)
{
	char right[KEYED_SIZE];

	keyed_check(right, key, text);
	return strlen(check) == KEYED_SIZE - 1 && memeql_sec(check, right, KEYED_SIZE - 1);
}

void keyed_id(char id[KEYED_SIZE], const unsigned char key[32], const char *word, int64_t number,
	int64_t further)
{
	char text[80];

	snprintf(text, sizeof(text), "%.30s %" PRId64 " %" PRId64, word, number, further);
	keyed_check(id, key, text);
}
