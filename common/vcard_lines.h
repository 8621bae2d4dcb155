/* The logical lines of vCard text: unfolded, with quoted-printable and base64 continued. For the
 * reader of vCard text alone. */
#ifndef KITH_VCARD_LINES_H
#define KITH_VCARD_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/vcard.h"

struct arena;

struct vcard_line {
	const char *text; /* terminated; bytes of whatever charset */
	size_t len;
};

/* The next logical line that isn't empty, in the arena; the reader moves on behind it. False: none
 * left, or no memory. */
bool vcard_lines_next(struct vcard_reader *reader, struct arena *arena, enum vcard_version version,
	struct vcard_line *line);

/* Moves behind the next line BEGIN:VCARD. False: there is none. */
bool vcard_lines_begin(struct vcard_reader *reader, struct arena *arena);

/* What the lines from here to END:VCARD say in VERSION; 2.1 if nothing. */
enum vcard_version vcard_lines_version(const struct vcard_reader *reader, struct arena *arena);

/* The first CHARSET that the lines from here to END:VCARD name and that isn't UTF-8, in the arena;
 * NULL: none. What a line doesn't say of itself is likely in it too. */
const char *vcard_lines_charset(const struct vcard_reader *reader, struct arena *arena);

/* True if line is word ("BEGIN:VCARD") in any case, white space around it. */
bool vcard_lines_is(const struct vcard_line *line, const char *word);

/* Where the value begins: behind the first colon outside of quotes; len if there is none. */
size_t vcard_lines_value(const struct vcard_line *line);

#endif
