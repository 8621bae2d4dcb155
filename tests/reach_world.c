/* See reach_world.h. */
#include "tests/reach_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/window.h"

const char *const reach_subjects[SUBJECTS] = {CAROL, DAVE};
struct reach_figures reach_figures;

const char *reach_holder(struct reach *world, int s, int h)
{
	return fake_holder(world->fake, reach_subjects[s], h);
}

int reach_current(const struct reach_subject *subject)
{
	return subject->changes[subject->count - 1];
}

/* ---- What must be, at every moment ---- */

bool reach_admits(const struct reach *world, int s, int h)
{
	const struct reach_subject *subject = &world->subjects[s];
	int audience = subject->audience < 0 ? world->audience : subject->audience;

	return !subject->hidden && !subject->blocked[h] && audience >= CIRCLE_KNOWN;
}

static void ck_followed(struct reach *world, int s, int h, int held)
{
	struct reach_subject *subject = &world->subjects[s];
	struct reach_link *link = &subject->links[h];
	const struct reach_holder *holder = &world->holders[s][h];

	ck_assert_msg(reach_admits(world, s, h) && holder->updates == UPDATES_AUTO,
		HERE "%s's card of %s follows, and may not", AT(world), reach_holder(world, s, h),
		reach_subjects[s]);
	ck_assert_msg(held == reach_current(subject),
		HERE "a card is brought to %d, not the newest", AT(world), held);
	ck_assert_msg(link->left_at < subject->count, HERE "%s took back what is done again",
		AT(world), reach_holder(world, s, h));
	link->left_at = 0;
	link->owed = holder->pushes && !holder->paused ? held : -1;
}

struct look {
	struct reach *world;
	int s;
	bool by_run;
};

static int look_at_card(void *context, const struct store_contact *contact)
{
	const struct look *look = context;
	struct reach_subject *subject = &look->world->subjects[look->s];
	const char *tel = strstr(contact->card, "tel:+4474001");
	int h = 0, held;

	while (h < HOLDERS && subject->links[h].owner != contact->owner)
		h++;
	ck_assert_int_lt(h, HOLDERS);
	held = atoi(tel + strlen("tel:+4474001")) - look->s * 1000;
	if (look->by_run && held != subject->links[h].held)
		ck_followed(look->world, look->s, h, held);
	subject->links[h].held = held;
	subject->links[h].has[held] = true;
	return 0;
}

/* Reads what the cards have now. by_run: nothing but a run can have changed them. */
void reach_look_at_cards(struct reach *world, bool by_run)
{
	struct fake *fake = world->fake;

	fake_begin(fake);
	for (int s = 0; s < SUBJECTS; s++) {
		struct look look = {world, s, by_run};

		ck_assert_int_eq(store_link_list(fake->service.store, fake->arena,
					 world->subjects[s].account, 0, INT64_MAX, SIZE_MAX / 2,
					 look_at_card, &look),
			STORE_OK);
	}
	fake_commit(fake);
}

static void ck_repeat(struct reach *world, const struct sent *sent)
{
	struct reach_push *push = NULL;

	for (size_t i = 0; i < world->push_count && push == NULL; i++)
		if (strcmp(world->pushes[i].id, sent->id) == 0)
			push = &world->pushes[i];
	if (push == NULL) {
		if (world->push_count == world->push_size) {
			world->push_size = world->push_size ? 2 * world->push_size : 64;
			world->pushes = realloc(world->pushes, world->push_size * sizeof(*push));
			ck_assert_ptr_nonnull(world->pushes);
		}
		push = &world->pushes[world->push_count++];
		snprintf(push->id, sizeof(push->id), "%s", sent->id);
	} else {
		reach_figures.repeats++;
		ck_assert_msg(push->stream != world->stream && !push->is_taken,
			HERE "a push to %s comes twice without need", AT(world), sent->to);
	}
	push->stream = world->stream;
	push->is_taken = push->is_stored = false;
}

/* "+44 7400 1nnnnn", however it is shown, at text. */
static int number_at(const char *text)
{
	long long number = 0;

	for (const char *c = text + strcspn(text, "+") + 1; (*c >= '0' && *c <= '9') || *c == ' ';
		c++)
		if (*c != ' ')
			number = number * 10 + (*c - '0');
	return (int)(number - 447400100000);
}

static void ck_push(struct reach *world, int s, int h, const struct sent *sent)
{
	struct reach_subject *subject = &world->subjects[s];
	const struct reach_holder *holder = &world->holders[s][h];
	struct reach_link *link = &subject->links[h];
	const char *is_now = strstr(sent->body, " is now +");
	bool is_question = strstr(sent->body, "Your card is unchanged") != NULL;
	int old, new;

	ck_assert_msg(is_now != NULL, HERE "\"%s\"", AT(world), sent->body);
	old = number_at(sent->body) - s * 1000;
	new = number_at(is_now) - s * 1000;
	reach_figures.pushes++;
	ck_assert_msg(link->exists && holder->pushes && reach_admits(world, s, h) &&
			      holder->updates == (is_question ? UPDATES_ASK : UPDATES_AUTO),
		HERE "%s may not be told: %s", AT(world), sent->to, sent->body);
	ck_assert_msg(link->has[old], HERE "%s never had %d", AT(world), sent->to, old);
	ck_assert_msg(is_question ? new == reach_current(subject) : new == link->held,
		HERE "%s is told %d, has %d", AT(world), sent->to, new, link->held);
	while (link->told_place < subject->count && subject->changes[link->told_place] != new)
		link->told_place++;
	ck_assert_msg(link->told_place < subject->count,
		HERE "%s is told %d, which is older than what he was told before", AT(world),
		sent->to, new);
	link->told_in_window = new;
	ck_repeat(world, sent);
}

/* True if a holder is told of a change: h of s. */
static bool is_told(const struct sent *sent, int *s, int *h)
{
	if (!is_push(sent) || sscanf(sent->to, "h%d-", h) != 1 ||
		strstr(sent->body, "'s account says: ") == NULL)
		return false;
	*s = strstr(sent->to, "-car@") != NULL ? 0 : 1;
	return true;
}

/* What was sent since. */
static void look_at_stanzas(struct reach *world)
{
	struct fake *fake = world->fake;

	for (; world->seen < fake->count; world->seen++) {
		const struct sent *sent = &fake->sent[world->seen];
		int s, h;

		if (is_told(sent, &s, &h))
			ck_push(world, s, h, sent);
	}
}

/* ---- The server, the turns ---- */

static void note_end_of_stream(struct reach *world, bool is_crash)
{
	for (size_t i = 0; i < world->push_count && is_crash; i++)
		world->pushes[i].is_taken &= world->pushes[i].is_stored;
	for (int s = 0; s < SUBJECTS; s++)
		for (int h = 0; h < HOLDERS; h++)
			world->subjects[s].links[h].told_in_window = -1;
	world->stream++;
}

void reach_cut(struct reach *world)
{
	reach_figures.cuts++;
	fanout_down(world->fake->fanout);
	note_end_of_stream(world, false);
	world->is_up = false;
}

void reach_up(struct reach *world)
{
	if (world->is_up)
		return;
	fanout_up(world->fake->fanout);
	world->is_up = true;
}

void reach_crash(struct reach *world)
{
	reach_figures.crashes++;
	fake_crash(world->fake);
	note_end_of_stream(world, true);
	for (int s = 0; s < SUBJECTS; s++)
		for (int h = 0; h < HOLDERS; h++)
			world->holders[s][h].paused = false;
	world->is_up = false;
	reach_up(world);
}

void reach_cards(struct reach *world, bool is_kept)
{
	struct fake *fake = world->fake;

	fake_begin(fake);
	ck_assert_int_eq(fanout_cards(fake->fanout, fake->now, fake->now, 0), 0);
	if (is_kept) {
		fake_commit(fake);
		for (size_t i = 0; i < world->push_count; i++)
			world->pushes[i].is_stored |= world->pushes[i].is_taken;
		reach_look_at_cards(world, true);
	} else {
		reach_figures.rollbacks++;
		store_turn_rollback(fake->service.store);
		fanout_wake(fake->fanout);
	}
}

void reach_pushes(struct reach *world, size_t room_bytes)
{
	struct fake *fake = world->fake;

	ck_assert_int_eq(fanout_pushes(fake->fanout, fake->now_ms, room_bytes), 0);
	look_at_stanzas(world);
}

void reach_answer(struct reach *world, bool is_lost)
{
	struct fake *fake = world->fake;

	if (is_lost) { /* and asked for again */
		fake->now_ms += WINDOW_AGAIN_MS;
		reach_pushes(world, 1000);
	}
	if (!fake_answer(fake))
		return;
	for (size_t i = 0; i < world->push_count; i++)
		world->pushes[i].is_taken |= world->pushes[i].stream == world->stream;
	for (int s = 0; s < SUBJECTS; s++) {
		for (int h = 0; h < HOLDERS; h++) {
			struct reach_link *link = &world->subjects[s].links[h];

			if (link->told_in_window >= 0)
				link->told = link->told_in_window;
			link->told_in_window = -1;
		}
	}
}

void reach_bounce(struct reach *world, size_t which, bool is_full)
{
	struct fake *fake = world->fake;
	const struct sent *sent = &fake->sent[which];
	struct xml *message, *error;
	int s, h;

	if (!is_told(sent, &s, &h))
		return;
	message = xml_new(fake->arena, NS_COMPONENT, "message");
	xml_set(fake->arena, message, "type", "error");
	xml_set(fake->arena, message, "from", sent->to);
	xml_set(fake->arena, message, "id", sent->id);
	error = xml_add(fake->arena, message, NULL, "error");
	xml_add(fake->arena, error, NS_STANZA_ERROR,
		is_full ? "resource-constraint" : "service-unavailable");
	if (!fanout_answer(fake->fanout, message, fake->now_ms))
		return;
	reach_figures.bounces++;
	if (is_full) {
		world->holders[s][h].paused = true;
		world->subjects[s].links[h].owed = -1;
	}
}

void reach_turns(struct reach *world)
{
	for (int turns = 0; turns < 100 && fanout_has_work(world->fake->fanout); turns++) {
		reach_cards(world, true);
		reach_pushes(world, 1 << 20);
	}
}

/* ---- In the end ---- */

void reach_end(struct reach *world)
{
	reach_up(world);
	do {
		reach_turns(world);
		if (fake_ping(world->fake) == NULL)
			break;
		reach_answer(world, false);
	} while (fanout_has_work(world->fake->fanout));
	ck_assert_msg(count_runs(world->fake) == 0, HERE "a run never ends", AT(world));
	for (int s = 0; s < SUBJECTS; s++) {
		const struct reach_subject *subject = &world->subjects[s];

		for (int h = 0; h < HOLDERS; h++) {
			const struct reach_link *link = &subject->links[h];

			if (!link->exists || !reach_admits(world, s, h) || link->is_behind ||
				world->holders[s][h].updates != UPDATES_AUTO ||
				link->left_at == subject->count)
				continue;
			ck_assert_msg(link->held == reach_current(subject),
				HERE "%s's card of %s has %d, not %d", AT(world),
				reach_holder(world, s, h), reach_subjects[s], link->held,
				reach_current(subject));
			ck_assert_msg(link->owed < 0 || link->told == link->owed,
				HERE "%s was told %d of %s, not %d", AT(world),
				reach_holder(world, s, h), link->told, reach_subjects[s],
				link->owed);
		}
	}
}
