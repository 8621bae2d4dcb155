/* A keyed check over a text: what goes out with it comes back unforged. */
#ifndef KITH_KEYED_H
#define KITH_KEYED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYED_SIZE 25 /* 96 bits in hex, and the terminator */

/* 96 bits of SipHash (siphash.h), as an authenticator: nobody guesses it by asking a server, and it
 * costs a fraction of HMAC-SHA256, which each message of a run would pay three times. Texts for
 * different purposes begin with different words. */
void keyed_check(char check[KEYED_SIZE], const unsigned char key[32], const char *text);

/* A text for a check: a word and up to 3 numbers, with blanks between. */
#define KEYED_WORD_MAX 30 /* bytes of the word that count */
#define KEYED_TEXT_SIZE 96
void keyed_text(char text[KEYED_TEXT_SIZE], const char *word, const int64_t *numbers, size_t count);

/* 16 hex digits, not terminated. */
void keyed_hex(char *out, uint64_t word);

/* True if check is the one of text; takes the same time wherever they differ. */
bool keyed_is(const char *check, const unsigned char key[32], const char *text);

/* The id of a message that is the same each time it is sent: the check of a word that says what
 * kind it is, and up to two numbers. */
void keyed_id(char id[KEYED_SIZE], const unsigned char key[32], const char *word, int64_t number,
	int64_t further);

#endif
