/* The ad-hoc commands, each in its command_*.c, for the table in feature_commands.c. */
#ifndef KITH_COMMANDS_H
#define KITH_COMMANDS_H

#include "component/feature.h"

extern const struct command command_changes;
extern const struct command command_confirm;
extern const struct command command_matters;
extern const struct command command_settings;
extern const struct command command_share;
extern const struct command command_undo;

/* A field is missing or has no such value (XEP-0050, 4.4): the answer to it. */
enum answer command_bad_payload(struct command_call *call, const char *why);

/* Ends the command: with what came of it, or, is_error, with why nothing did. */
enum answer command_done(struct command_call *call, const char *note, bool is_error);

#endif
