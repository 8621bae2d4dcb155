/* The vCard that people publish at their own server, by PEP (XEP-0163, version 1.2.2; XEP-0292,
 * version 0.12, 3), followed into their profile.
 *
 * Whose: of accounts that share their presence with the service (presence.h), and of nobody else,
 * also where the node is open to all. The node is read and never written, nor is its access model
 * looked at: whom Kith shows the numbers to is a matter of Kith's rules.
 *
 * Prosody notifies of each publication, and of the last one when it learns of the service's
 * capabilities. ejabberd 23.01 never does, so the node is also read, at logins and when its owner
 * wants it. Either gives the same item again and again: one whose vCard is the last one seen is
 * passed over, so that what was changed elsewhere meanwhile stays. What comes too often (rates.h)
 * doesn't count as seen, and is taken at a later login.
 *
 * It is an ordinary client's way: no number is retired by its absence, and who never used Kith
 * itself is asked before a change goes to others, as having the service in the roster is not using
 * it. An item retracted, a node purged or deleted says nothing of the numbers, and neither retires
 * one nor hides the profile. */
#ifndef KITH_PEP_H
#define KITH_PEP_H

#include <stdbool.h>
#include <stdint.h>

struct request;
struct store_account;
struct store_follow;

/* Asks the server for the account's vCard, unless that was within 5 seconds; follow is its
 * row, which is stored. Of a failure the store knows. */
void pep_read(
	struct request *request, const struct store_account *account, struct store_follow *follow);

/* True if the iq of the request (type result or error) answers that; then what it brings is taken
 * over. */
bool pep_answer(struct request *request);

/* True if the message of the request is a notification; then the same. */
bool pep_event(struct request *request);

#endif
