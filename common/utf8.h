/* UTF-8 (RFC 3629), one character at a time. */
#ifndef KITH_UTF8_H
#define KITH_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the character at text (len bytes, at least one), which is stored in *character;
 * 0 if it is invalid: cut off, overlong, a surrogate, beyond U+10FFFF. */
size_t utf8_decode(const char *text, size_t len, uint32_t *character);

/* True of characters that a terminal obeys or that change how the rest of a line reads. */
bool utf8_steers(uint32_t c);

#endif
