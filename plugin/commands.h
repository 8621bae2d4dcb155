/* What begins each command word; job.h has their table. */
#ifndef KITH_COMMANDS_H
#define KITH_COMMANDS_H

struct job;

void command_add(struct job *job);
void command_export(struct job *job);
void command_find(struct job *job);
void command_import(struct job *job);
void command_introduce(struct job *job);
void command_list(struct job *job);
void command_matters(struct job *job);
void command_no(struct job *job);
void command_number(struct job *job);
void command_save(struct job *job);
void command_send(struct job *job);
void command_settings(struct job *job);
void command_show(struct job *job);
void command_sync(struct job *job);
void command_undo(struct job *job);
void command_yes(struct job *job);

#endif
