/* A change of the numbers of somebody who has never used Kith, made in the vCard of an ordinary
 * client: its owner is asked before the address books of others follow (design: section 4,
 * `first_change`).
 *
 * The profile and its history are changed at once, and who may read the profile (`visible`) sees
 * that: also a card that is linked meanwhile is of the new state. What waits is the run, and with
 * it each card that is linked already, also where its holder writes it anew (book.h), and what is
 * offered to rosters (roster_push.h). `yes`: the run begins. `no`, or no answer in MATTER_DAYS: it
 * ends, and the cards stay what they are; a later change, a card that its holder writes anew,
 * brings them to the newest state, since what goes to others is the state and no single change. */
#ifndef KITH_FIRST_H
#define KITH_FIRST_H

#include "component/feature.h"
#include "component/matter.h"
#include "component/profile.h"

/* By profile_publish(): is a change of that source asked about (rules_asks_first())? And, after the
 * run was started: has it wait for the answer. Only of a first profile, where nobody is linked to
 * the account, there is nothing that waits. */
enum verdict first_asks(
	const struct rules *rules, const struct store_account *account, enum profile_source source);
enum store_result first_hold(const struct rules *rules, int64_t account, int64_t now);

/* Asks the owner about the change that waits, by a message, if that wasn't done yet; an older
 * question is gone then. *open: there is one. -1: the store failed. */
int first_ask(struct service *service, struct arena *arena, const struct store_account *account,
	int64_t now, bool *open);

/* MATTER_OK: what the matter is about still waits; MATTER_NONE: it was overtaken. */
enum matter_result first_look(
	const struct rules *rules, const struct store_matter *matter, int64_t now);
/* The answer, which ends the matter. */
enum matter_result first_answer(
	const struct rules *rules, const struct store_matter *matter, bool yes, int64_t now);

#endif
