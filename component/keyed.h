/* A keyed check over a text: what goes out with it comes back unforged. */
#ifndef KITH_KEYED_H
#define KITH_KEYED_H

#include <stdbool.h>

#define KEYED_SIZE 25 /* 96 bits in hex, and the terminator */

/* HMAC-SHA256 (RFC 2104) of text, cut to 96 bits, which nobody guesses by
 * asking a server). Texts for different purposes begin with different words. */
void keyed_check(char check[KEYED_SIZE], const unsigned char key[32], const char *text);

/* True if check is the one of text; takes the same time wherever they differ. */
bool keyed_is(const char *check, const unsigned char key[32], const char *text);

#endif
