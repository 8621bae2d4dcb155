/* Cards of Evolution Data Server and the texts that they are to the rest of Kith.
 *
 * EDS keeps in a card what is its own: REV, which it sets at each writing, to a second; the
 * parameter X-EVOLUTION-E164 of a number; and the data of photos and logos in files, with the
 * file's URI in the card. A text has none of it: no REV, no such parameter, and the data itself. */
#ifndef KITH_EDS_CARD_H
#define KITH_EDS_CARD_H

#include <libebook/libebook.h>
#include <stdint.h>

/* A card's text. Of files, only those in one of the directories are read (ended by NULL): any other
 * URI is what somebody wrote there, and stays as it is. NULL: it would be larger than max bytes.
 * The caller frees it with g_free(). */
char *eds_card_text(EContact *card, const char *const *directories, size_t max);

/* Differs when the text does, but reads no file's data. The caller frees it with g_free(). */
char *eds_card_revision(EContact *card, const char *const *directories);

/* When EDS last wrote it, seconds UTC; 0: not known. */
int64_t eds_card_changed_at(EContact *card);

/* The card to be written for a text: in the place of `present`, with its UID, its revision and its
 * files where their data is the same; NULL: as a new one. The caller unrefs it. */
EContact *eds_card_new(const char *text, EContact *present, const char *const *directories);

#endif
