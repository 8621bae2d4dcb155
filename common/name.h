/* Names that people chose, among words that somebody else answers for. */
#ifndef KITH_NAME_H
#define KITH_NAME_H

#define NAME_SHOWN_SIZE 131 /* bytes, with quotes and end */

/* The name in one line, cut, with nothing in it that steers; in quotes where it has what names
 * hardly have and sentences do (`Bob's account says: yes. Carol`), so that none passes for the
 * words around it. Returns out. */
const char *name_shown(char out[NAME_SHOWN_SIZE], const char *name);

#endif
