/* The ad-hoc commands, each in its command_*.c, for the table in feature_commands.c. */
#ifndef KITH_COMMANDS_H
#define KITH_COMMANDS_H

#include "component/feature.h"

extern const struct command command_account;
extern const struct command command_announce;
extern const struct command command_changes;
extern const struct command command_confirm;
extern const struct command command_contacts;
extern const struct command command_erase;
extern const struct command command_erase_account;
extern const struct command command_export;
extern const struct command command_look;
extern const struct command command_matters;
extern const struct command command_preview;
extern const struct command command_profile;
extern const struct command command_settings;
extern const struct command command_share;
extern const struct command command_stats;
extern const struct command command_undo;

/* A field is missing or has no such value (XEP-0050, 4.4): the answer to it. */
enum answer command_bad_payload(struct command_call *call, const char *why);

/* In which region the caller's numbers are that have no country code. */
const char *command_region(const struct command_call *call);

/* The stage that the command is at has no previous one (XEP-0050, 4.4): the answer to it. */
enum answer command_bad_action(struct request *request);

/* The account that the field accountjid of an admin's form names (XEP-0133). ANSWER_RESULT with id
 * 0: there is none, the command is done. */
enum answer command_account_named(struct command_call *call, struct store_account *account);

/* Ends the command: with what came of it, or, is_error, with why nothing did. */
enum answer command_done(struct command_call *call, const char *note, bool is_error);

#endif
