/* A file of vCards of any size, card after card, of which only a piece is in memory. */
#ifndef KITH_CARD_FILE_H
#define KITH_CARD_FILE_H

#include <stddef.h>

struct arena;
struct card_file;
struct vcard;

#define CARD_FILE_CARD_MAX (8 * 1024 * 1024) /* bytes of one card; a larger one is passed over */

/* Opens a regular file. NULL: errno says why not (EINVAL: it is no regular file). The caller closes
 * it with card_file_close() (NULL is harmless). */
struct card_file *card_file_open(const char *path);
void card_file_close(struct card_file *file);

enum card_file_result {
	CARD_FILE_CARD,
	CARD_FILE_BROKEN, /* passed over; why says what is wrong, with the line */
	CARD_FILE_END,
	CARD_FILE_FAILED, /* why says why: it can't be read, or there is no memory */
};

/* The next card, in the arena, and the line that it begins at or before. */
enum card_file_result card_file_next(struct card_file *file, struct arena *arena,
	struct vcard **card, unsigned *line, const char **why);

/* All of a regular file, in the arena, at most max bytes; NULL: errno says why not. */
char *card_file_whole(struct arena *arena, const char *path, size_t max, size_t *len);

/* How far it is, of 100. */
unsigned card_file_percent(const struct card_file *file);

#endif
