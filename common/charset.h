/* Text of other charsets and transfer encodings made UTF-8. */
#ifndef KITH_CHARSET_H
#define KITH_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* True if the bytes are UTF-8 (RFC 3629: no surrogates, nothing overlong). */
bool charset_is_utf8(const char *bytes, size_t len);

/* The bytes as terminated UTF-8 in the arena, or NULL on lack of memory. charset: as CHARSET= names
 * it, or NULL; where it isn't known or doesn't fit, the bytes are UTF-8 if they can be, else
 * Windows-1252. Line breaks become \n; other characters that XML forbids are left out. */
char *charset_to_utf8(struct arena *arena, const char *charset, const char *bytes, size_t len);

/* Quoted-printable (RFC 2045, 6.7) without its soft breaks, decoded in the arena; *len: bytes. */
char *charset_from_qp(struct arena *arena, const char *text, size_t *len);

#endif
