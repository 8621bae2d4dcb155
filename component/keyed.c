/* A keyed check over a text: see keyed.h. */
#include "component/keyed.h"

#include <nettle/memops.h>
#include <string.h>

#include "common/siphash.h"

static void write_hex(char *out, uint64_t word, int digits)
{
	while (digits-- > 0) {
		out[digits] = "0123456789abcdef"[word & 15];
		word >>= 4;
	}
}

void keyed_hex(char *out, uint64_t word)
{
	write_hex(out, word, 16);
}

/* In decimal; the text that a check is of is made more often than anything is printed. */
static char *write_number(char *out, int64_t number)
{
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char digits[20];
	size_t count = 0;

	if (number < 0)
		*out++ = '-';
	do {
		digits[count++] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	while (count > 0)
		*out++ = digits[--count];
	return out;
}

void keyed_text(char text[KEYED_TEXT_SIZE], const char *word, const int64_t *numbers, size_t count)
{
	size_t len = strnlen(word, KEYED_WORD_MAX);

	memcpy(text, word, len);
	text += len;
	for (size_t i = 0; i < count; i++) {
		*text++ = ' ';
		text = write_number(text, numbers[i]);
	}
	*text = '\0';
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
	char text[KEYED_TEXT_SIZE];

	keyed_text(text, word, (const int64_t[]){number, further}, 2);
	keyed_check(id, key, text);
}
