/* The ad-hoc commands, each in its command_*.c, for the table in feature_commands.c. */
#ifndef KITH_COMMANDS_H
#define KITH_COMMANDS_H

#include "component/feature.h"
#include "component/field.h"

extern const struct command command_account;
extern const struct command command_accounts;
extern const struct command command_announce;
extern const struct command command_changes;
extern const struct command command_confirm;
extern const struct command command_contacts;
extern const struct command command_erase;
extern const struct command command_erase_account;
extern const struct command command_export;
extern const struct command command_introduce;
extern const struct command command_look;
extern const struct command command_matters;
extern const struct command command_preview;
extern const struct command command_profile;
extern const struct command command_settings;
extern const struct command command_share;
extern const struct command command_stats;
extern const struct command command_undo;

struct vcard;
struct xml;

/* A field is missing or has no such value (XEP-0050, 4.4): the answer to it. */
enum answer command_bad_payload(struct command_call *call, const char *why);

/* In which region the caller's numbers are that have no country code. */
const char *command_region(const struct command_call *call);

/* Ends the command: with what came of it, or, is_error, with why nothing did. */
enum answer command_done(struct command_call *call, const char *note, bool is_error);

/* The headline for a contact of the sender's that was stored anew. */
void command_book_changed(struct command_call *call, const struct store_contact *contact);

/* Takes the last update of a contact back, and ends the command. */
enum answer command_undo_item(struct command_call *call, const char *item);

/* The field accountjid of an admin's form (XEP-0133), a table of one, and the account that it
 * names. ANSWER_RESULT with id 0: there is none, the command is done. */
extern const struct field command_account_fields[];
enum answer command_account_named(struct command_call *call, struct store_account *account);
/* What is stored of an account, for an admin. Ends the command. */
enum answer command_account_show(struct command_call *call, const struct store_account *account);

/* Whose card may be meant, and may go from the sender to receiver. */
#define COMMAND_HITS_MAX 20 /* that are offered for choice */
struct command_hits {
	struct store_account accounts[COMMAND_HITS_MAX];
	bool ask[COMMAND_HITS_MAX]; /* only if its owner says so */
	size_t count;
};
/* Looks up whom text means: who has that address, else who is found by it as name, e-mail or
 * number. */
enum answer command_share_find(struct command_call *call, const char *text,
	const struct store_account *receiver, struct command_hits *hits);
/* Adds them to a field as options. */
enum answer command_share_offer(
	struct command_call *call, const struct command_hits *hits, struct xml *field);
/* That there is nobody. */
const char *command_share_nobody(struct command_call *call, const char *text);
/* Sends the card of the account with the address `subject` to the one with the address `to`, or has
 * its owner asked, which is not counted (RATE_SHARE). *note: what came of it, for the sender;
 * *is_done: something did. */
enum answer command_share_named(struct command_call *call, const char *subject, const char *to,
	const char **note, bool *is_done);

/* Sends somebody's card to the account that `to` is the address of; subject: what is known of whose
 * (an address, a name, an e-mail or a number); where that may be several, it is asked which. */
enum answer command_share_with(struct command_call *call, const char *subject, const char *to);
/* The same for what the sender has in the own book of somebody who has no account here. */
enum answer command_share_own(struct command_call *call, const struct store_contact *contact,
	const struct vcard *card, const char *to);

#endif
