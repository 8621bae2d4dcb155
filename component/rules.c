/* Who may what (design: section 4, "Rules"). */
#include "component/rules.h"

#include <string.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "component/history.h"
#include "component/update.h"

/* What is in force where that is set; -1: nothing is. */
static int in_force(const struct rules *rules, enum setting setting, int value)
{
	return value >= 0 && settings_has_choice(rules->settings, setting, value)
		       ? value
		       : rules->settings->defaults[setting];
}

int rules_setting(const struct rules *rules, int64_t account, enum setting setting)
{
	int value = -1;

	if (store_setting_get(rules->store, account, setting, &value) == STORE_ERROR)
		return -1;
	return in_force(rules, setting, value);
}

const char *rules_region(const struct rules *rules, const struct store_account *account)
{
	return *account->region ? account->region : rules->settings->region;
}

bool rules_may_know(const struct rules *rules, const char *one, const char *other)
{
	return strcmp(one, other) == 0 || settings_share_group(rules->settings, one, other);
}

static enum verdict verdict_of(bool yes)
{
	return yes ? VERDICT_YES : VERDICT_NO;
}

static bool may_be_guesses(const struct vcard *card)
{
	int count = 0;

	for (const struct vcard_property *p = vcard_first(card, "TEL"); p; p = vcard_next(p, "TEL"))
		count++;
	return count > KNOWN_NUMBERS_MAX;
}

bool rules_is_known(const struct store_contact *contact, const struct vcard *card,
	const struct history *history, const char *region, int64_t version)
{
	if (may_be_guesses(card))
		return false;
	if (contact->written < version)
		return update_carries(card, history, region, -1);
	return update_carries(card, history, region, contact->written);
}

static enum verdict is_mutual(const struct rules *rules, int64_t owner, int64_t other)
{
	bool yes = false;
	if (store_contact_has(rules->store, owner, other, &yes) == STORE_ERROR ||
		(!yes && store_roster_has(rules->store, owner, other, &yes) == STORE_ERROR))
		return VERDICT_ERROR;
	return verdict_of(yes);
}

static enum verdict is_listed(
	const struct rules *rules, int64_t account, enum listed kind, const char *jid)
{
	bool yes = false;
	if (store_listed_has(rules->store, account, kind, jid, &yes) == STORE_ERROR)
		return VERDICT_ERROR;
	return verdict_of(yes);
}

static enum verdict isnt_blocked(const struct rules *rules, int64_t account, const char *jid)
{
	switch (is_listed(rules, account, LISTED_BLOCKED, jid)) {
	case VERDICT_NO:
		return VERDICT_YES;
	case VERDICT_YES:
		return VERDICT_NO;
	case VERDICT_ERROR:
		break;
	}
	return VERDICT_ERROR;
}

/* Is other in owner's book, or on the list of those chosen, which is within that circle? */
static enum verdict is_within_mutual(
	const struct rules *rules, int64_t owner, const struct store_account *other)
{
	enum verdict verdict = is_mutual(rules, owner, other->id);
	if (verdict == VERDICT_NO)
		verdict = is_listed(rules, owner, LISTED_CHOSEN, other->jid);
	return verdict;
}

enum verdict rules_adds(const struct rules *rules, int64_t owner,
	const struct store_account *holder, const struct history *history, int64_t applied)
{
	for (size_t i = 0; i < history->count; i++)
		if (history->numbers[i].added > applied)
			return is_within_mutual(rules, owner, holder);
	return VERDICT_NO;
}

/* What can be looked up to tell whether somebody is within a circle. */
enum look {
	LOOK_BLOCKED = 1,
	LOOK_LINK = 2,
	LOOK_VERSION = 4,
	LOOK_HISTORY = 8,
	LOOK_MUTUAL = 16, /* book, roster, list */
	LOOK_CHOSEN = 32, /* the list alone */
	LOOK_KNOWN = 64,  /* what is stored of the link, without its card */
};

/* The contact through which somebody may be known, at what version of whose numbers. */
struct link {
	const struct store_contact *contact; /* NULL: to be looked up */
	const struct vcard *card;	     /* contact's; NULL: what is noted of it counts */
	const struct history *history;	     /* NULL: to be looked up, with the contact */
	int64_t version;		     /* 0: the same */
	unsigned looks;			     /* that were made: enum look */
	const struct store_holder *holder;   /* the other; NULL: to be looked up */
};

/* Looks up the contact, its card, the history, and the version if it is not given. STORE_NONE:
 * there is nothing to be known by. */
static enum store_result find_link(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const struct store_account *other, struct link *link)
{
	struct history *history = arena_alloc(arena, sizeof *history);
	struct store_contact *contact = arena_alloc(arena, sizeof *contact);
	enum store_result result;

	if (!history || !contact)
		return STORE_ERROR;
	link->looks |= LOOK_LINK;
	result = store_contact_of(rules->store, arena, other->id, owner->id, contact);
	if (result != STORE_OK)
		return result;
	link->contact = contact;
	link->card = vcard_from_xml_text(arena, contact->card, contact->card_len, NULL);
	if (link->version == 0) {
		link->looks |= LOOK_VERSION;
		result = store_profile_version(rules->store, owner->id, &link->version);
		if (result != STORE_OK)
			return result;
	}
	link->looks |= LOOK_HISTORY;
	result = store_history_get(rules->store, arena, owner->id, history);
	link->history = history;
	return arena_failed(arena) ? STORE_ERROR : result;
}

/* Whoever is refused had some of it looked up, and who asks for what isn't there nothing of it. All
 * that is left is looked up of nobody (whose id is 0), so that no answer comes sooner than another.
 */
static enum verdict look_on(
	const struct rules *rules, struct arena *arena, const char *jid, const struct link *link)
{
	unsigned left = ~link->looks;
	struct store_contact contact;
	struct history history;
	int64_t version;
	bool yes;

	if (((left & LOOK_BLOCKED) &&
		    store_listed_has(rules->store, 0, LISTED_BLOCKED, jid, &yes) == STORE_ERROR) ||
		((left & LOOK_KNOWN) &&
			store_contact_knows(rules->store, 0, 0, &yes) == STORE_ERROR) ||
		((left & LOOK_LINK) &&
			store_contact_of(rules->store, arena, 0, 0, &contact) == STORE_ERROR) ||
		((left & LOOK_VERSION) &&
			store_profile_version(rules->store, 0, &version) == STORE_ERROR) ||
		((left & LOOK_HISTORY) &&
			store_history_get(rules->store, arena, 0, &history) == STORE_ERROR) ||
		((left & LOOK_MUTUAL) &&
			(store_contact_has(rules->store, 0, 0, &yes) == STORE_ERROR ||
				store_roster_has(rules->store, 0, 0, &yes) == STORE_ERROR)) ||
		((left & LOOK_MUTUAL) && (left & LOOK_CHOSEN) &&
			store_listed_has(rules->store, 0, LISTED_CHOSEN, jid, &yes) == STORE_ERROR))
		return VERDICT_ERROR;
	return VERDICT_NO;
}

/* Oneself; who isn't there is nobody's self. */
static bool is_self(const struct store_account *owner, const struct store_account *other)
{
	return owner->id == other->id && owner->id != 0;
}

/* Is other known to owner? */
static enum verdict is_known(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const struct store_account *other, struct link *link)
{
	enum store_result found = STORE_OK;
	bool yes = false;

	if (link->contact && !link->card)
		return verdict_of(link->contact->known);
	if (!link->contact) {
		link->looks |= LOOK_KNOWN;
		if (store_contact_knows(rules->store, other->id, owner->id, &yes) == STORE_ERROR)
			return VERDICT_ERROR;
		if (yes)
			return VERDICT_YES;
	}
	if (!link->history)
		found = find_link(rules, arena, owner, other, link);
	if (found == STORE_ERROR)
		return VERDICT_ERROR;
	return verdict_of(found == STORE_OK && link->card &&
			  rules_is_known(link->contact, link->card, link->history,
				  rules_region(rules, other), link->version));
}

/* Is other, who is another and may know of owner, within his circle? */
static enum verdict look(const struct rules *rules, struct arena *arena, int circle,
	const struct store_account *owner, const struct store_account *other, struct link *link)
{
	enum verdict verdict;

	if (circle < CIRCLE_CHOSEN)
		return VERDICT_NO;
	link->looks |= LOOK_BLOCKED;
	verdict = link->holder ? verdict_of(!link->holder->is_blocked)
			       : isnt_blocked(rules, owner->id, other->jid);
	if (verdict != VERDICT_YES)
		return verdict;
	if (circle >= CIRCLE_EVERYONE)
		return VERDICT_YES;
	if (circle >= CIRCLE_KNOWN) {
		verdict = is_known(rules, arena, owner, other, link);
		if (verdict != VERDICT_NO)
			return verdict;
	}
	if (circle >= CIRCLE_MUTUAL) {
		link->looks |= LOOK_MUTUAL;
		return is_within_mutual(rules, owner->id, other);
	}
	link->looks |= LOOK_CHOSEN;
	return is_listed(rules, owner->id, LISTED_CHOSEN, other->jid);
}

/* Is other within owner's circle? */
static enum verdict is_within(const struct rules *rules, struct arena *arena, int circle,
	const struct store_account *owner, const struct store_account *other, struct link *link)
{
	if (circle < 0)
		return VERDICT_ERROR;
	if (is_self(owner, other))
		return VERDICT_YES;
	if (other->closed_at != 0 || !rules_may_know(rules, owner->jid, other->jid))
		return VERDICT_NO;
	return look(rules, arena, circle, owner, other, link);
}

/* The narrower of `visible` and another circle; -1: the store failed. */
static int circle_of(const struct rules *rules, int64_t owner, enum setting setting)
{
	int visible = rules_setting(rules, owner, SETTING_VISIBLE);
	int circle = rules_setting(rules, owner, setting);
	return visible < circle ? visible : circle;
}

enum verdict rules_visible(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const struct store_profile *profile,
	const struct store_account *reader)
{
	struct link link = {.contact = NULL};
	enum store_result result = STORE_OK;
	enum verdict verdict;
	int64_t version;

	if (is_self(owner, reader))
		return VERDICT_YES;
	if (profile && profile->hidden)
		return VERDICT_NO;
	if (profile)
		link.version = profile->version;
	verdict = is_within(rules, arena, rules_setting(rules, owner->id, SETTING_VISIBLE), owner,
		reader, &link);
	if (profile || verdict == VERDICT_ERROR)
		return verdict;
	result = store_profile_version(
		rules->store, verdict == VERDICT_YES ? owner->id : 0, &version);
	if (result == STORE_ERROR)
		return VERDICT_ERROR;
	if (verdict == VERDICT_YES && result == STORE_OK)
		return verdict;
	return look_on(rules, arena, reader->jid, &link);
}

enum verdict rules_visible_linked(const struct rules *rules, const struct store_account *owner,
	const struct store_profile *profile, const struct history *history,
	const struct store_account *reader, const struct store_contact *contact,
	const struct vcard *card)
{
	struct link link = {
		.contact = contact, .card = card, .history = history, .version = profile->version};

	if (is_self(owner, reader))
		return VERDICT_YES;
	if (profile->hidden)
		return VERDICT_NO;
	return is_within(rules, NULL, rules_setting(rules, owner->id, SETTING_VISIBLE), owner,
		reader, &link);
}

/* Of who isn't admitted no card is read, but nobody's. */
enum verdict rules_reads(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const struct store_account *reader,
	struct store_profile *profile)
{
	struct link link = {.contact = NULL};
	enum verdict verdict = is_within(rules, arena,
		rules_setting(rules, owner->id, SETTING_VISIBLE), owner, reader, &link);
	enum store_result result;

	if (verdict == VERDICT_ERROR)
		return verdict;
	result = store_profile_shown(
		rules->store, arena, verdict == VERDICT_YES ? owner->id : 0, profile);
	if (result == STORE_ERROR)
		return VERDICT_ERROR;
	if (verdict == VERDICT_YES && result == STORE_OK)
		return verdict;
	return look_on(rules, arena, reader->jid, &link);
}

int rules_audience_circle(const struct rules *rules, int64_t owner)
{
	return circle_of(rules, owner, SETTING_AUDIENCE);
}

enum verdict rules_audience(const struct rules *rules, const struct store_account *owner,
	int circle, const struct history *history, int64_t version,
	const struct store_holder *holder, const struct store_contact *contact,
	const struct vcard *card)
{
	struct link link = {.contact = contact,
		.card = card,
		.history = history,
		.version = version,
		.holder = holder};
	return is_within(rules, NULL, circle, owner, &holder->account, &link);
}

enum verdict rules_findable(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const struct store_account *seeker)
{
	struct link link = {.contact = NULL};
	enum verdict verdict = is_within(
		rules, arena, circle_of(rules, owner->id, SETTING_FINDABLE), owner, seeker, &link);

	/* Who isn't there is findable for nobody, whatever the conf's default is. */
	if (verdict == VERDICT_YES && owner->id == 0)
		verdict = VERDICT_NO;
	return verdict == VERDICT_NO ? look_on(rules, arena, seeker->jid, &link) : verdict;
}

/* May sender see subject's card, and know of the receiver, and subject too? */
static enum verdict may_be_shared(const struct rules *rules, struct arena *arena,
	const struct store_account *subject, const struct store_account *sender,
	const struct store_account *receiver)
{
	if (!rules_may_know(rules, sender->jid, receiver->jid) ||
		!rules_may_know(rules, subject->jid, receiver->jid))
		return VERDICT_NO;
	return rules_visible(rules, arena, subject, NULL, sender);
}

/* `share` is looked at behind what the sender may see: if he sees nothing, it is never told. */
enum verdict rules_share(const struct rules *rules, struct arena *arena,
	const struct store_account *subject, const struct store_account *sender,
	const struct store_account *receiver)
{
	int share = rules_setting(rules, subject->id, SETTING_SHARE);
	enum verdict verdict = may_be_shared(rules, arena, subject, sender, receiver);
	int64_t version;

	if (share < 0)
		return VERDICT_ERROR;
	if (verdict != VERDICT_YES)
		return verdict;
	if (share != SHARE_YES && !(share == SHARE_ASK && is_self(subject, sender)))
		return VERDICT_NO;
	/* A hidden one isn't to be passed on by its owner, too. */
	switch (store_profile_version(rules->store, subject->id, &version)) {
	case STORE_OK:
		return VERDICT_YES;
	case STORE_NONE:
		return VERDICT_NO;
	case STORE_ERROR:
		break;
	}
	return VERDICT_ERROR;
}

enum verdict rules_share_arrives(const struct rules *rules, struct arena *arena,
	const struct store_account *subject, const struct store_account *sender,
	const struct store_account *receiver, bool is_agreed)
{
	enum verdict verdict = VERDICT_YES;

	if (!rules_may_know(rules, sender->jid, receiver->jid) ||
		!rules_may_know(rules, subject->jid, receiver->jid))
		return VERDICT_NO;
	if (!is_agreed)
		verdict = rules_visible(rules, arena, subject, NULL, receiver);
	if (verdict == VERDICT_YES)
		verdict = isnt_blocked(rules, receiver->id, sender->jid);
	return verdict;
}

enum verdict rules_share_asks(const struct rules *rules, struct arena *arena,
	const struct store_account *subject, const struct store_account *sender,
	const struct store_account *receiver)
{
	int share = rules_setting(rules, subject->id, SETTING_SHARE);
	enum verdict verdict = may_be_shared(rules, arena, subject, sender, receiver);

	if (share < 0)
		return VERDICT_ERROR;
	return verdict == VERDICT_YES && (share != SHARE_ASK || is_self(subject, sender))
		       ? VERDICT_NO
		       : verdict;
}

enum verdict rules_takes(const struct rules *rules, int64_t receiver, const char *sender)
{
	return isnt_blocked(rules, receiver, sender);
}

enum verdict rules_keeps(const struct rules *rules, const struct store_account *subject,
	const struct store_account *receiver)
{
	if (subject->closed_at != 0 || receiver->closed_at != 0 ||
		!rules_may_know(rules, subject->jid, receiver->jid))
		return VERDICT_NO;
	return isnt_blocked(rules, subject->id, receiver->jid);
}

/* One who wants no updates, or not to be told of them, wants no offers either. */
enum verdict rules_offers(const struct rules *rules, const struct store_account *subject,
	int circle, const struct history *history, int64_t version,
	const struct store_holder *holder)
{
	bool proposed; /* or done at once: an offer is asked about anyway */

	if (!rules_holder_pushes(rules, holder) || !rules_holder_wants(rules, holder, &proposed))
		return VERDICT_NO;
	return rules_audience(rules, subject, circle, history, version, holder, NULL, NULL);
}

bool rules_holder_wants(
	const struct rules *rules, const struct store_holder *holder, bool *proposed)
{
	int updates = in_force(rules, SETTING_UPDATES, holder->updates);

	*proposed = updates == UPDATES_ASK;
	return updates != UPDATES_NEVER && !holder->blocks;
}

bool rules_holder_pushes(const struct rules *rules, const struct store_holder *holder)
{
	return in_force(rules, SETTING_PUSHES, holder->pushes) == PUSHES_ON;
}

enum verdict rules_wants(
	const struct rules *rules, int64_t holder, const char *subject, bool *proposed)
{
	int updates = rules_setting(rules, holder, SETTING_UPDATES);

	*proposed = updates == UPDATES_ASK;
	if (updates < 0 || updates == UPDATES_NEVER)
		return updates < 0 ? VERDICT_ERROR : VERDICT_NO;
	return isnt_blocked(rules, holder, subject);
}

enum verdict rules_updates(const struct rules *rules, int64_t holder, const char *subject)
{
	bool proposed;
	enum verdict verdict = rules_wants(rules, holder, subject, &proposed);

	return verdict == VERDICT_YES && proposed ? VERDICT_NO : verdict;
}

enum verdict rules_asks_first(
	const struct rules *rules, const struct store_account *account, bool is_asked)
{
	int value = 0;

	switch (store_setting_get(rules->store, account->id, SETTING_FIRST_CHANGE, &value)) {
	case STORE_OK:
		if (settings_has_choice(rules->settings, SETTING_FIRST_CHANGE, value))
			return verdict_of(value == FIRST_CHANGE_ASK);
		break;
	case STORE_NONE:
		break;
	case STORE_ERROR:
		return VERDICT_ERROR;
	}
	value = rules->settings->defaults[SETTING_FIRST_CHANGE];
	return verdict_of(value == FIRST_CHANGE_ASK && (account->used_at == 0 || is_asked));
}

enum verdict rules_pushes(const struct rules *rules, int64_t holder)
{
	int pushes = rules_setting(rules, holder, SETTING_PUSHES);
	return pushes < 0 ? VERDICT_ERROR : verdict_of(pushes == PUSHES_ON);
}
