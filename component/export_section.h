/* The sections of an export (export.h), each of one table or several. */
#ifndef KITH_EXPORT_SECTION_H
#define KITH_EXPORT_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "component/feature.h"

struct buffer;

/* Of a part, over which nothing further is begun: one has to go through servers that take 512 KiB,
 * escaped, a line a value. */
#define EXPORT_PART_BYTES (96 * 1024)

struct export
{
	struct request *request;
	const struct store_account *account;
	struct buffer *out;
	int64_t after; /* position within the section, behind which to go on; and how far it went */
	size_t count;  /* of the section's rows in this part */
	bool is_json;
	bool is_cut; /* the part is full before the section is at its end */
	bool failed;
};

struct store *export_store(const struct export *export);
/* A time as text, never NULL. */
const char *export_time(const struct export *export, int64_t at);
/* A stored card in the format asked for. */
void export_put_card(struct export *export, const char *text, size_t len);

/* A section. STORE_NONE: there is nothing of it. All but profile and contacts are for JSON only. */
typedef enum store_result export_section(struct export *export);

/* What is about the account itself (export_self.c). */
export_section export_account, export_settings, export_lists, export_numbers, export_missing,
	export_changes, export_run, export_report, export_roster, export_follow, export_profile,
	export_held;
/* What it keeps of others, and what they want of it (export_book.c); these go on in further parts.
 */
export_section export_matters, export_contacts;
/* And cards that it was offered; the newest. */
export_section export_offers;

#endif
