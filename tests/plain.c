/* The plain model: see plain.h. */
#include "tests/plain.h"

#include <assert.h>
#include <string.h>

#include "component/settings.h"

#define EACH(n) (int n = 0; n < PLAIN_NUMBERS; n++)

/* ---- What became of a number: looked up in the log, from its end ---- */

static bool was_current(const struct plain_account *a, int n, int64_t version)
{
	return version >= 1 && version <= a->version && a->versions[version].current[n];
}

static bool is_current(const struct plain_account *a, int n)
{
	return was_current(a, n, a->version);
}

/* The last version that had it; 0: it never was in the profile. */
static int64_t last_current(const struct plain_account *a, int n)
{
	int64_t v = a->version;
	while (v > 0 && !was_current(a, n, v))
		v--;
	return v;
}

static int64_t last_came(const struct plain_account *a, int n)
{
	int64_t v = last_current(a, n);
	while (v > 1 && was_current(a, n, v - 1))
		v--;
	return v;
}

/* What replaced it when it ceased the last time, -1 if nothing did or it is current. */
static int replaced_by(const struct plain_account *a, int n)
{
	int64_t v = last_current(a, n);
	return v == 0 || v == a->version ? -1 : a->versions[v + 1].successor[n] - 1;
}

static int end_of(const struct plain_account *a, int n)
{
	while (replaced_by(a, n) >= 0)
		n = replaced_by(a, n);
	return n;
}

/* The newest version at which anything happened to it, or to what it became. */
static int64_t newest_change(const struct plain_account *a, int n)
{
	int64_t newest = 0;
	for (; n >= 0; n = replaced_by(a, n)) {
		int64_t v = is_current(a, n) ? last_came(a, n) : last_current(a, n) + 1;
		if (v > newest)
			newest = v;
	}
	return newest;
}

/* ---- Profiles ---- */

static bool is_landline(int n)
{
	return n >= PLAIN_LANDLINES;
}

void plain_start(struct plain *plain, int account)
{
	struct plain_account *a = &plain->accounts[account];
	bool any = a->running || a->version > 1;
	for (int o = 0; o < PLAIN_ACCOUNTS; o++)
		any = any || plain->accounts[o].book[account].exists;
	if (!any)
		return;
	if (!a->running)
		a->pushes_done = a->push_count;
	a->running = true;
	a->cards_done = 0;
	a->cards_last = plain->highest;
}

void plain_publish(struct plain *plain, int account, const int *numbers, int count)
{
	struct plain_account *a = &plain->accounts[account];
	struct plain_version next = {0};
	const struct plain_version *last = &a->versions[a->version];
	int was_replaced_by[PLAIN_NUMBERS];
	bool was_hidden = a->hidden, changed = false;

	for
		EACH(n)
	was_replaced_by[n] = replaced_by(a, n);
	for (int i = 0; i < count; i++)
		next.current[numbers[i]] = true;
	for
		EACH(n)
	changed = changed || next.current[n] != last->current[n];
	a->hidden = false;
	if (changed || a->version == 0) {
		/* In order of appearance, what goes meets what comes, of one kind. */
		bool paired[PLAIN_NUMBERS] = {false};
		for (int s = 0; s < a->seen_count; s++) {
			int gone = a->seen[s];
			if (!last->current[gone] || next.current[gone])
				continue;
			for (int i = 0; i < count && !next.successor[gone]; i++) {
				int came = numbers[i];
				if (last->current[came] || paired[came] ||
					is_landline(came) != is_landline(gone))
					continue;
				paired[came] = true;
				next.successor[gone] = came + 1;
			}
		}
		assert(a->version + 1 < PLAIN_VERSIONS);
		a->versions[++a->version] = next;
		last = &a->versions[a->version - 1];
		for (int i = 0; i < count; i++) {
			bool is_new = true;
			for (int s = 0; s < a->seen_count; s++)
				is_new = is_new && a->seen[s] != numbers[i];
			if (is_new)
				a->seen[a->seen_count++] = numbers[i];
			if (!last->current[numbers[i]] && !paired[numbers[i]])
				a->added[numbers[i]] = a->version;
		}
		/* What a number had been replaced by stands alone once that number is back, unless
		 * it became that very number. */
		for
			EACH(n)
			{
				int by = was_replaced_by[n];
				if (by >= 0 && is_current(a, n) && end_of(a, by) != n &&
					a->added[by] < last_came(a, by))
					a->added[by] = last_came(a, by);
			}
	}
	a->published = true;
	if (changed || was_hidden)
		plain_start(plain, account);
}

/* ---- Rules ---- */

static bool carries(const struct plain_account *a, const struct plain_card *card, int64_t version)
{
	for (int i = 0; i < card->count; i++) {
		int n = card->tels[i].number;
		/* Of the past only the last time that a number was current is known. */
		if (last_current(a, n) > 0 &&
			(version < 0 || (was_current(a, n, version) && version >= last_came(a, n))))
			return true;
	}
	return false;
}

static bool is_known(const struct plain_account *a, const struct plain_contact *c)
{
	return carries(a, &c->card, c->written < a->version ? -1 : c->written);
}

static bool is_mutual(const struct plain *plain, int subject, int owner)
{
	return plain->accounts[subject].book[owner].exists ||
	       plain->accounts[subject].chosen[owner];
}

bool plain_follows(const struct plain *plain, int subject, int owner, bool linking)
{
	const struct plain_account *a = &plain->accounts[subject], *o = &plain->accounts[owner];
	int circle = a->visible;

	if (!o->updates || !a->published || o->blocked[subject])
		return false;
	if (owner == subject)
		return linking || !a->hidden;
	if (a->hidden)
		return false;
	if (!linking && a->audience < circle)
		circle = a->audience;
	if (!o->served || !a->served || circle == CIRCLE_NOBODY || a->blocked[owner])
		return false;
	if (circle == CIRCLE_EVERYONE)
		return true;
	if (circle == CIRCLE_CHOSEN)
		return a->chosen[owner];
	if (is_mutual(plain, subject, owner))
		return true;
	return circle >= CIRCLE_KNOWN && is_known(a, &o->book[subject]);
}

/* ---- Cards ---- */

static bool has(const struct plain_card *card, int n)
{
	for (int i = 0; i < card->count; i++)
		if (card->tels[i].number == n)
			return true;
	return false;
}

static void drop_pins(const struct plain_account *a, struct plain_contact *c)
{
	for
		EACH(n)
	if (c->pins[n] != 0 && (!has(&c->card, n) || newest_change(a, n) > c->pins[n]))
		c->pins[n] = 0;
}

static void say(struct plain_update *u, int number, bool marked, bool any)
{
	u->now[u->count] = number;
	u->marked[u->count] = marked;
	u->any_mark[u->count++] = any;
}

/* Brings a card up to date; true if that changed it. */
static bool bring(const struct plain_account *a, struct plain_contact *c, bool add)
{
	struct plain_update u = {.before = c->card};
	int origin[PLAIN_CARD], to[PLAIN_CARD];
	bool gone[PLAIN_CARD] = {false};
	struct plain_card *card = &c->card;

	for (int i = 0; i < card->count; i++)
		origin[i] = to[i] = card->tels[i].number;
	drop_pins(a, c);
	/* All that ever happened, once more, as far as it still holds. */
	for (int64_t v = 1; v <= a->version; v++) {
		for
			EACH(n)
			{
				bool taken = false;
				if (!a->versions[v].successor[n] || last_current(a, n) != v - 1)
					continue;
				int by = a->versions[v].successor[n] - 1;
				for (int i = 0; i < card->count; i++)
					taken = taken || (!gone[i] && to[i] == by);
				for (int i = 0; i < card->count; i++) {
					if (to[i] != n || c->pins[origin[i]] != 0)
						continue;
					/* One that is gone goes along with what it went into. */
					to[i] = by;
					gone[i] = gone[i] || taken;
				}
			}
	}
	int kept = 0;
	for (int i = 0; i < card->count; i++) {
		struct plain_tel tel = card->tels[i];
		if (last_current(a, to[i]) == 0 || c->pins[origin[i]] != 0) {
			card->tels[kept++] = tel;
			continue;
		}
		if (to[i] != origin[i]) {
			u.touched[origin[i]] = true;
			say(&u, to[i], false, true);
		}
		tel.number = to[i];
		bool must_mark = !is_current(a, to[i]);
		bool is_moved = to[i] != origin[i];
		if (!gone[i] && (must_mark != tel.marked || (must_mark && is_moved))) {
			u.touched[to[i]] = true; /* a pin for what isn't there goes at once */
			say(&u, to[i], must_mark, false);
			tel.marked = must_mark;
		}
		if (!gone[i])
			card->tels[kept++] = tel;
	}
	card->count = kept;
	for (int s = 0; add && s < a->seen_count; s++) {
		int n = end_of(a, a->seen[s]);
		if (a->added[a->seen[s]] <= c->applied || !is_current(a, n) || has(card, n))
			continue;
		assert(card->count < PLAIN_CARD);
		card->tels[card->count++] = (struct plain_tel){n, false, false};
		say(&u, n, false, false);
	}
	c->applied = a->version;
	if (u.count == 0)
		return false;
	u.after = *card;
	if (c->update_count == PLAIN_UPDATES) {
		memmove(c->updates, c->updates + 1, (PLAIN_UPDATES - 1) * sizeof *c->updates);
		c->update_count--;
	}
	c->updates[c->update_count++] = u;
	return true;
}

static bool same_numbers(const struct plain_card *a, const struct plain_card *b)
{
	if (a->count != b->count)
		return false;
	for (int i = 0; i < a->count; i++)
		if (a->tels[i].number != b->tels[i].number)
			return false;
	return true;
}

static void link_up(struct plain *plain, int owner, int subject)
{
	struct plain_account *a = &plain->accounts[subject];
	struct plain_contact *c = &plain->accounts[owner].book[subject];

	drop_pins(a, c);
	if (a->running && a->cards_done < c->id && c->id <= a->cards_last)
		return;
	if (plain_follows(plain, subject, owner, true))
		bring(a, c, is_mutual(plain, subject, owner));
}

void plain_store(
	struct plain *plain, int owner, int subject, const struct plain_card *card, int64_t id)
{
	struct plain_account *a = &plain->accounts[subject];
	struct plain_contact *c = &plain->accounts[owner].book[subject];

	if (!c->exists) {
		*c = (struct plain_contact){.exists = true,
			.id = id,
			.applied = a->version,
			.written = a->version,
			.card = *card};
		/* The link of a new contact is younger than any run. */
		if (plain_follows(plain, subject, owner, true))
			bring(a, c, is_mutual(plain, subject, owner));
		plain->highest = id;
		return;
	}
	if (!is_known(a, c) || !carries(a, card, -1))
		c->written = a->version;
	c->card = *card;
	link_up(plain, owner, subject);
}

void plain_catch_up(struct plain *plain, int owner)
{
	for (int s = 0; s < PLAIN_ACCOUNTS; s++)
		if (plain->accounts[owner].book[s].exists)
			link_up(plain, owner, s);
}

void plain_step(struct plain *plain, int subject, int batch)
{
	struct plain_account *a = &plain->accounts[subject];
	int taken = 0;

	for (; taken < batch && !a->hidden; taken++) {
		int next = -1;
		for (int o = 0; o < PLAIN_ACCOUNTS; o++) {
			const struct plain_contact *c = &plain->accounts[o].book[subject];
			if (c->exists && c->id > a->cards_done && c->id <= a->cards_last &&
				(next < 0 || c->id < plain->accounts[next].book[subject].id))
				next = o;
		}
		if (next < 0)
			break;
		struct plain_contact *c = &plain->accounts[next].book[subject];
		a->cards_done = c->id;
		if (!plain_follows(plain, subject, next, false) ||
			!bring(a, c, is_mutual(plain, subject, next)))
			continue;
		assert(a->push_count < PLAIN_PUSHES);
		struct plain_update *u = &c->updates[c->update_count - 1];
		a->pushes[a->push_count++] =
			(struct plain_push){.owner = next, .id = c->id, .what = *u};
		u->push = a->push_count;
	}
	if (taken < batch)
		a->cards_done = a->cards_last;
}

/* ---- Taking back, and pushes ---- */

static bool same_cards(const struct plain_card *a, const struct plain_card *b)
{
	for (int i = 0; i < a->count && i < b->count; i++)
		if (a->tels[i].text != b->tels[i].text || a->tels[i].marked != b->tels[i].marked)
			return false;
	return same_numbers(a, b);
}

bool plain_can_undo(const struct plain_contact *contact)
{
	return contact->exists && contact->update_count > 0 &&
	       same_cards(&contact->card, &contact->updates[contact->update_count - 1].after);
}

void plain_undo(struct plain *plain, int owner, int subject)
{
	struct plain_account *a = &plain->accounts[subject];
	struct plain_contact *c = &plain->accounts[owner].book[subject];
	const struct plain_update *u = &c->updates[--c->update_count];

	c->card = u->before;
	for
		EACH(n)
	if (u->touched[n])
		c->pins[n] = c->applied;
	if (c->applied >= a->version)
		drop_pins(a, c);
	if (u->push != 0)
		a->pushes[u->push - 1].undone = true;
}

/* True if a later update, not taken back, changed that number of the contact further. */
static bool is_overtaken(const struct plain_account *a, const struct plain_contact *c,
	const struct plain_push *push, int n)
{
	int64_t place = push - a->pushes + 1;
	bool is_later = true;

	for (int i = 0; i < c->update_count; i++)
		is_later = is_later && c->updates[i].push != place;
	for (int i = 0; i < c->update_count; i++) {
		if (is_later && c->updates[i].touched[n])
			return true;
		is_later = is_later || c->updates[i].push == place;
	}
	return false;
}

bool plain_is_told(
	const struct plain *plain, int subject, const struct plain_push *push, int *count)
{
	const struct plain_contact *c = &plain->accounts[push->owner].book[subject];

	*count = 0;
	if (push->undone || !c->exists || c->id != push->id ||
		!plain_follows(plain, subject, push->owner, false))
		return false;
	for (int k = 0; k < push->what.count; k++) {
		bool holds = false;
		for (int i = 0; i < c->card.count; i++)
			holds = holds ||
				(c->card.tels[i].number == push->what.now[k] &&
					c->pins[push->what.now[k]] == 0 && /* he restored it */
					(push->what.any_mark[k] ||
						c->card.tels[i].marked == push->what.marked[k]));
		*count += holds &&
			  !is_overtaken(&plain->accounts[subject], c, push, push->what.now[k]);
	}
	return *count > 0;
}
