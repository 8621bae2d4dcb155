/* Random histories of accounts, books and runs, checked after each operation against a plain model.
 */
#include "config.h"

#include <check.h>

#include "tests/chance.h"
#include "tests/domain.h"
#include "tests/plain.h"

#define ROUNDS 20
#define OPERATIONS 300

/* ---- Numbers and cards ---- */

/* Each account has mobiles and landlines of its own to choose from, few enough for them to come
 * back; now and then it takes one that another had. */
static int any_number(int account)
{
	if (below(20) == 0)
		return below(PLAIN_NUMBERS);
	if (below(3) == 0)
		return PLAIN_LANDLINES + account * 2 + below(2);
	return account * 3 + below(5);
}

static void random_numbers(int account, int *numbers, int *count)
{
	int want = below(5);
	*count = 0;
	while (want-- > 0) {
		int n = any_number(account);
		bool is_new = true;
		for (int i = 0; i < *count; i++)
			is_new = is_new && numbers[i] != n;
		if (is_new)
			numbers[(*count)++] = n;
	}
}

static void random_card(int about, struct plain_card *card)
{
	card->count = below(4);
	for (int i = 0; i < card->count; i++)
		card->tels[i] =
			(struct plain_tel){below(8) == 0 ? below(PLAIN_NUMBERS) : any_number(about),
				below(2) == 0, below(12) == 0};
}

/* ---- The two, side by side ---- */

struct world {
	struct domain domain;
	struct plain *plain;
	uint64_t number; /* seed */
	int operation;
	int64_t versions[PLAIN_ACCOUNTS]; /* of the books: they only grow */
};

static const char *const names[PLAIN_ACCOUNTS] = {
	"alice", "bob", "carol", "dave", "erin", "frank", "grace@elsewhere.example"};

#define HERE "seed %d, operation %d"
#define AT(world) (int)(world)->number, (world)->operation

static void compare(struct world *world, const char *did)
{
	struct domain *d = &world->domain;
	for (int o = 0; o < PLAIN_ACCOUNTS; o++) {
		for (int s = 0; s < PLAIN_ACCOUNTS; s++) {
			const struct plain_contact *c = &world->plain->accounts[o].book[s];
			const char *want = c->exists ? words_of(d->arena, &c->card) : "none";
			const char *have = domain_card(d, names[o], names[s]);
			struct store_contact contact;
			ck_assert_msg(strcmp(want, have) == 0,
				HERE " (%s): %s's card of %s is \"%s\", not \"%s\"", AT(world), did,
				names[o], names[s], have, want);
			if (!c->exists || !domain_find(d, names[o], names[s], &contact))
				continue;
			ck_assert_msg(
				contact.applied == c->applied && contact.written == c->written,
				HERE
				" (%s): %s's link to %s: applied %d, not %d; written %d, not %d",
				AT(world), did, names[o], names[s], (int)contact.applied,
				(int)c->applied, (int)contact.written, (int)c->written);
		}
	}
	for (int s = 0; s < PLAIN_ACCOUNTS; s++) {
		struct store_run run;
		bool runs =
			store_run_get(d->store, domain_account(d, names[s]).id, &run) == STORE_OK;
		ck_assert_msg(runs == world->plain->accounts[s].running, HERE " (%s): %s %s a run",
			AT(world), did, names[s], runs ? "has" : "lacks");
	}
}

/* How far a run goes is the store's to say: ids are no more than increasing. */
static void note_start(struct world *world, int account)
{
	struct domain *d = &world->domain;
	struct store_run run;
	if (store_run_get(d->store, domain_account(d, names[account]).id, &run) == STORE_OK)
		world->plain->accounts[account].cards_last = run.cards_last;
}

static void do_profile(struct world *world, int account)
{
	struct domain *d = &world->domain;
	struct plain_card card = {0};
	int numbers[PLAIN_CARD], count;
	random_numbers(account, numbers, &count);
	for (int i = 0; i < count; i++)
		card.tels[card.count++] = (struct plain_tel){numbers[i], below(2) == 0, false};
	domain_profile(d, names[account], words_of(d->arena, &card));
	plain_publish(world->plain, account, numbers, count);
	note_start(world, account);
}

static void do_hide(struct world *world, int account)
{
	struct domain *d = &world->domain;
	struct plain_account *a = &world->plain->accounts[account];
	struct store_account row = domain_account(d, names[account]);
	ck_assert_int_eq(profile_retract(&d->rules, d->arena, &row, d->now),
		a->published && !a->hidden ? PROFILE_OK : PROFILE_NONE);
	a->hidden = a->published;
}

static void do_widen(struct world *world, int account)
{
	struct domain *d = &world->domain;
	struct store_account row = domain_account(d, names[account]);
	bool published = world->plain->accounts[account].published;
	ck_assert_int_eq(profile_rules_changed(&d->rules, d->arena, row.id, d->now),
		published ? PROFILE_OK : PROFILE_NONE);
	if (published)
		plain_start(world->plain, account);
	note_start(world, account);
}

static void do_rules(struct world *world, int account)
{
	static const int circles[] = {
		CIRCLE_NOBODY, CIRCLE_CHOSEN, CIRCLE_MUTUAL, CIRCLE_KNOWN, CIRCLE_EVERYONE};
	struct domain *d = &world->domain;
	struct plain_account *a = &world->plain->accounts[account];
	a->visible = circles[below(5)];
	a->audience = circles[below(5)];
	domain_set(d, names[account], SETTING_VISIBLE, a->visible);
	domain_set(d, names[account], SETTING_AUDIENCE, a->audience);
	do_widen(world, account);
}

static void do_lists(struct world *world, int account)
{
	struct domain *d = &world->domain;
	struct plain_account *a = &world->plain->accounts[account];
	const char *chosen = "", *blocked = "";
	for (int other = 0; other < PLAIN_ACCOUNTS; other++) {
		a->chosen[other] = below(3) == 0;
		a->blocked[other] = below(8) == 0;
		if (a->chosen[other])
			chosen = arena_printf(d->arena, "%s %s", chosen, names[other]);
		if (a->blocked[other])
			blocked = arena_printf(d->arena, "%s %s", blocked, names[other]);
	}
	domain_list(d, names[account], LISTED_CHOSEN, chosen);
	domain_list(d, names[account], LISTED_BLOCKED, blocked);
	do_widen(world, account);
}

static void note_event(void *context, const struct store_event *event)
{
	int64_t *version = context;
	ck_assert_int_gt(event->version, *version);
	*version = event->version;
}

static void do_updates(struct world *world, int account)
{
	struct domain *d = &world->domain;
	struct plain_account *a = &world->plain->accounts[account];
	struct store_account row = domain_account(d, names[account]);
	a->updates = !a->updates;
	domain_set(d, names[account], SETTING_UPDATES, a->updates ? UPDATES_AUTO : UPDATES_NEVER);
	if (!a->updates)
		return;
	ck_assert_int_eq(
		book_catch_up(&d->rules, &row, d->now, note_event, &world->versions[account]),
		BOOK_OK);
	plain_catch_up(world->plain, account);
}

static void do_store(struct world *world, int owner, int about)
{
	struct domain *d = &world->domain;
	struct plain_contact *c = &world->plain->accounts[owner].book[about];
	struct plain_card card = c->card;
	if (!c->exists || below(3) > 0)
		random_card(about, &card); /* else the note alone was edited */
	struct store_contact contact =
		domain_contact(d, names[owner], names[about], words_of(d->arena, &card));
	ck_assert_int_gt(contact.version, world->versions[owner]);
	world->versions[owner] = contact.version;
	plain_store(world->plain, owner, about, &card, contact.id);
}

static void do_retract(struct world *world, int owner, int about)
{
	struct domain *d = &world->domain;
	struct plain_contact *c = &world->plain->accounts[owner].book[about];
	struct store_account row = domain_account(d, names[owner]);
	struct store_event event;
	ck_assert_int_eq(book_retract(&d->rules, d->arena, &row, domain_jid(d, names[about]),
				 d->now, &event),
		c->exists ? BOOK_OK : BOOK_NONE);
	*c = (struct plain_contact){0};
}

static void do_undo(struct world *world, int owner, int about)
{
	struct domain *d = &world->domain;
	struct plain_contact *c = &world->plain->accounts[owner].book[about];
	struct store_account row = domain_account(d, names[owner]);
	struct store_contact contact;
	if (!plain_can_undo(c))
		return;
	ck_assert_msg(book_undo(&d->rules, d->arena, &row, domain_jid(d, names[about]), d->now,
			      &contact) == BOOK_OK,
		HERE ": %s can't take back what was done to %s", AT(world), names[owner],
		names[about]);
	plain_undo(world->plain, owner, about);
}

static void do_step(struct world *world, int account, int batch)
{
	struct domain *d = &world->domain;
	struct run_progress progress;
	enum store_result result = run_step(&d->rules, d->arena,
		domain_account(d, names[account]).id, (size_t)batch, d->now, d->now, &progress);
	ck_assert_int_eq(result, world->plain->accounts[account].running ? STORE_OK : STORE_NONE);
	if (result == STORE_OK)
		plain_step(world->plain, account, batch);
}

struct told {
	struct world *world;
	int subject, next; /* push of the model */
	int64_t last;
	int left; /* how many more are taken */
};

/* The store forgets what was done to a contact with the contact. */
static void pass_forgotten(struct told *told)
{
	const struct plain *plain = told->world->plain;
	const struct plain_account *a = &plain->accounts[told->subject];
	while (told->next < a->push_count) {
		const struct plain_push *push = &a->pushes[told->next];
		const struct plain_contact *c = &plain->accounts[push->owner].book[told->subject];
		if (c->exists && c->id == push->id)
			return;
		told->next++;
	}
}

static int push_row(void *context, const struct run_push *push)
{
	struct told *told = context;
	struct world *world = told->world;
	const struct plain_account *a = &world->plain->accounts[told->subject];
	struct update_item items[PLAIN_CARD];
	int holds = 0;
	if (told->left-- == 0)
		return 1;
	pass_forgotten(told);
	ck_assert_msg(told->next < a->push_count, HERE ": a push of %s too many", AT(world),
		names[told->subject]);
	const struct plain_push *plain = &a->pushes[told->next++];
	bool is_told = plain_is_told(world->plain, told->subject, plain, &holds);
	ck_assert_msg(strcmp(push->holder, domain_jid(&world->domain, names[plain->owner])) == 0,
		HERE ": push to %s, not %s", AT(world), push->holder, names[plain->owner]);
	ck_assert_msg(push->skip == !is_told, HERE ": push to %s is %s", AT(world), push->holder,
		push->skip ? "skipped" : "told");
	if (!push->skip)
		ck_assert_int_eq(
			(int)update_describe(world->domain.arena, push->what, items, PLAIN_CARD),
			holds);
	told->last = push->update;
	return 0;
}

/* Some pushes go out; the server takes them, or the stream ends and they go out again. */
static void do_push(struct world *world, int account, int many)
{
	struct domain *d = &world->domain;
	struct plain_account *a = &world->plain->accounts[account];
	struct store_run run;
	int64_t id = domain_account(d, names[account]).id;
	struct told told = {world, account, a->pushes_done, 0, many};
	if (!a->running)
		return;
	ck_assert_int_eq(store_run_get(d->store, id, &run), STORE_OK);
	told.last = run.pushes_done;
	ck_assert_int_eq(
		run_pushes(&d->rules, d->arena, id, run.pushes_done, (size_t)many, push_row, &told),
		STORE_OK);
	if (many < PLAIN_PUSHES && below(3) == 0)
		return;
	ck_assert_int_eq(run_pushed(&d->rules, d->arena, id, told.last, d->now), STORE_OK);
	pass_forgotten(&told);
	a->pushes_done = told.next;
	if (a->cards_done >= a->cards_last && a->pushes_done == a->push_count)
		a->running = false;
}

static void operate(struct world *world)
{
	int account = below(PLAIN_ACCOUNTS), other = below(PLAIN_ACCOUNTS), kind = below(100);
	const char *did;
	/* Most of the time about one account, so that things meet. */
	if (below(2) == 0)
		other = 2;
	if (kind < 14) {
		did = "profile";
		do_profile(world, other);
	} else if (kind < 16) {
		did = "hide";
		do_hide(world, other);
	} else if (kind < 17) {
		did = "lists";
		do_lists(world, other);
	} else if (kind < 20) {
		did = "rules";
		do_rules(world, other);
	} else if (kind < 24) {
		did = "updates";
		do_updates(world, account);
	} else if (kind < 50) {
		did = "store";
		do_store(world, account, other);
	} else if (kind < 53) {
		did = "retract";
		do_retract(world, account, other);
	} else if (kind < 60) {
		did = "undo";
		do_undo(world, account, other);
	} else if (kind < 86) {
		did = "step";
		do_step(world, other, 1 + below(4));
	} else if (kind < 96) {
		did = "push";
		do_push(world, other, 1 + below(4));
	} else {
		did = "restart";
		ck_assert_int_eq(store_turn_commit(world->domain.store), STORE_OK);
		ck_assert_int_eq(store_turn_begin(world->domain.store), STORE_OK);
	}
	compare(world, did);
}

/* When all runs are through: what must be so, whatever the model says. */
static void check_rest(struct world *world)
{
	struct domain *d = &world->domain;
	for (int s = 0; s < PLAIN_ACCOUNTS; s++) {
		struct history history;
		ck_assert_int_eq(store_history_get(d->store, d->arena,
					 domain_account(d, names[s]).id, &history),
			STORE_OK);
		for (int o = 0; o < PLAIN_ACCOUNTS; o++) {
			const struct plain_contact *c = &world->plain->accounts[o].book[s];
			if (!c->exists || !plain_follows(world->plain, s, o, false))
				continue;
			for (int i = 0; i < c->card.count; i++) {
				int n = c->card.tels[i].number;
				const struct number *number = history_find(
					&history, number_identity(d->arena, name_of(d->arena, n)));
				if (!number || c->pins[n] != 0)
					continue;
				ck_assert_msg(number->state != NUMBER_REPLACED &&
						      (number->state == NUMBER_RETIRED) ==
							      c->card.tels[i].marked,
					HERE ": %s is left with an old number of %s", AT(world),
					names[o], names[s]);
			}
		}
	}
}

static void play(uint64_t number)
{
	struct world world = {.number = number};
	struct plain *plain = calloc(1, sizeof *plain);
	ck_assert_ptr_nonnull(plain);
	seed(number);
	world.plain = plain;
	domain_open(&world.domain);
	for (int a = 0; a < PLAIN_ACCOUNTS; a++) {
		plain->accounts[a].served = strchr(names[a], '@') == NULL;
		plain->accounts[a].visible = CIRCLE_KNOWN;
		plain->accounts[a].audience = CIRCLE_KNOWN;
		plain->accounts[a].updates = true;
	}
	for (world.operation = 0; world.operation < OPERATIONS; world.operation++) {
		operate(&world);
		arena_reset(world.domain.arena);
	}
	/* Who became mutual, or was let in, is brought along by the next run; let there be one. */
	for (int a = 0; a < PLAIN_ACCOUNTS; a++) {
		do_widen(&world, a);
		while (plain->accounts[a].running) {
			do_step(&world, a, 3);
			do_push(&world, a, PLAIN_PUSHES);
		}
	}
	compare(&world, "the end");
	check_rest(&world);
	domain_close(&world.domain);
	free(plain);
}

START_TEST(the_store_comes_to_what_the_plain_model_says)
{
	play(first_seed() + (uint64_t)_i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("model");
	TCase *tcase = tcase_create("design 4");
	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, the_store_comes_to_what_the_plain_model_says, 0, ROUNDS);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
