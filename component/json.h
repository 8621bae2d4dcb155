/* Writing JSON (RFC 8259). */
#ifndef KITH_JSON_H
#define KITH_JSON_H

#include <stdbool.h>
#include <stdint.h>

struct buffer;

/* A value. text: UTF-8, as all that is stored; NULL: empty. */
void json_string(struct buffer *out, const char *text);

/* A member of the object that is being written, with a comma before it unless it follows on the
 * object's beginning: `{`. */
void json_name(struct buffer *out, const char *name);
void json_member(struct buffer *out, const char *name, const char *text);
void json_member_int(struct buffer *out, const char *name, int64_t number);
void json_member_bool(struct buffer *out, const char *name, bool yes);

/* Begins an element of the array that is being written, an object, with a comma and a line end
 * before it as needed. */
void json_element(struct buffer *out);

#endif
