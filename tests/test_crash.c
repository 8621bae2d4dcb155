/* What was acknowledged is on disk: the store, on the real router, turns and fan-out, meets a fault
 * at each op of its disk in turn, under all kinds of load.
 *
 * The model is the same load without a fault: what the store had in it before each turn, and what
 * left after it. A turn whose answers left is there afterwards, wholly; of the one that the fault
 * hit, if nothing left of it, all or nothing is; nothing of those behind it. */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/log.h"
#include "component/settings.h"
#include "component/store.h"
#include "component/db_state.h"
#include "component/store_sqlite.h"
#include "tests/crash_load.h"
#include "tests/dialogue.h"
#include "tests/expect.h"
#include "tests/fault_vfs.h"
#include "tests/store_dump.h"

#define TURNS_MAX 400
#define TRIES 200 /* of a turn, after a fault that passes */

/* How the store's connection is set up. */
static const struct setup {
	const char *name, *pragmas;
	int checkpoint_frames; /* 0: as it is */
} setups[] = {
	{"as it is", "", 0},
	/* A checkpoint at nearly each commit. */
	{"checkpoints all the time", "", 8},
	/* What isn't committed goes into the log all the same. */
	{"no memory to hold a turn", "PRAGMA cache_size = 10", 40},
	/* As it must not be: so that it shows what these tests find. */
	{"without syncs", "PRAGMA synchronous = OFF", 8},
};
enum { SETUP_PLAIN, SETUP_CHECKPOINTS, SETUP_SPILLS, SETUP_CARELESS };
#define SETUPS SETUP_CARELESS

static char folder[32], base[48], path[48];
static struct arena *arena;
static const struct load_step *steps;
static size_t step_count;

/* ---- What is drawn by lot, the same in each turn of that number ---- */

static uint64_t lot;

ssize_t getrandom(void *bytes, size_t len, unsigned flags)
{
	(void)flags;
	for (size_t i = 0; i < len; i++) {
		lot = lot * 6364136223846793005u + 1442695040888963407u;
		((unsigned char *)bytes)[i] = (unsigned char)(lot >> 56);
	}
	return (ssize_t)len;
}

/* ---- The model ---- */

static struct model {
	size_t step[TURNS_MAX + 1];  /* of each turn */
	char *before[TURNS_MAX + 1]; /* what the store had in it, and at the end */
	char *sent[TURNS_MAX];
	struct buffer told;
	unsigned turns;
	unsigned long ops;
} model;

/* ---- The load ---- */

/* Somebody who says it all, step by step. */
struct player {
	struct dialogue *dialogue;
	size_t step;
	unsigned turn;	    /* of the model */
	unsigned lot;	    /* from which the next turn draws */
	bool goes_on;	    /* the step does, with the next turn */
	bool has_failed;    /* one of its turns did */
	const char *sent;   /* by the last turn; "" nothing */
	struct buffer told; /* "to: body" of the messages of own work, a line each */
};

static void open_player(struct player *player)
{
	player->dialogue = dialogue_new_at(path);
	dialogue_settings(player->dialogue)->limits.push_per_holder = 3;
	dialogue_settings(player->dialogue)->limits.sleep_days = 0;
}

/* One turn. False: the store failed. */
static bool play_turn(struct player *player)
{
	const struct load_step *step = &steps[player->step];

	lot = player->lot++;
	dialogue_set_time(player->dialogue, step->now);
	player->goes_on = false;
	if (step->said != NULL) {
		player->sent = dialogue_say_all(player->dialogue, step->said);
		/* All that is said has an answer; to a message it is no error. */
		return strstr(player->sent, "<internal-server-error") == NULL &&
		       *player->sent != '\0';
	}
	player->sent = dialogue_work(player->dialogue, &player->goes_on);
	if (player->sent != NULL)
		return true;
	player->sent = "";
	return false;
}

/* Notes whom the service told what by itself. */
static void note_told(struct player *player)
{
	const char *at = steps[player->step].said == NULL ? player->sent : "";

	while ((at = strstr(at, "<message type=\"chat\"")) != NULL) {
		const char *to = strstr(at, " to=\""), *body = strstr(at, "<body>");

		to += strlen(" to=\"");
		body += strlen("<body>");
		/* As far as the link, which has a token. */
		at = body + strcspn(body, "<;");
		buffer_printf(&player->told, "%.*s: %.*s\n", (int)strcspn(to, "\""), to,
			(int)(at - body), body);
	}
}

static void next_turn(struct player *player)
{
	note_told(player);
	player->turn++;
	ck_assert_uint_lt(player->turn, TURNS_MAX);
	if (!player->goes_on)
		player->step++;
	/* After a fault own work may take more turns, or fewer. */
	while (player->turn < model.turns && model.step[player->turn] < player->step)
		player->turn++;
	while (model.turns > 0 && model.step[player->turn] > player->step)
		player->turn--;
}

/* ---- The load without a fault ---- */

static void begin(struct player *player, int setup)
{
	char command[256];
	struct db *db;

	(void)snprintf(
		command, sizeof(command), "rm -f %s %s-* && cp %s %s", path, path, base, path);
	ck_assert_int_eq(system(command), 0);
	*player = (struct player){.lot = 0};
	buffer_init(&player->told, 0);
	open_player(player);
	db = dialogue_store(player->dialogue)->db;
	ck_assert_int_eq(db_exec(db, setups[setup].pragmas), 0);
	if (setups[setup].checkpoint_frames > 0)
		db->checkpoint_frames = setups[setup].checkpoint_frames;
}

static void note_state(const struct player *player)
{
	model.step[player->turn] = player->step;
	model.before[player->turn] = store_dump(path);
}

static void make_model(int setup, bool has_one_run)
{
	struct player player;

	steps = load_new(arena, has_one_run, &step_count);
	begin(&player, setup);
	fault_vfs_plan(NULL, 0, 0);
	while (player.step < step_count) {
		note_state(&player);
		ck_assert_msg(play_turn(&player), "%s", steps[player.step].what);
		model.sent[player.turn] = strdup(player.sent);
		next_turn(&player);
	}
	note_state(&player);
	model.turns = player.turn;
	model.ops = fault_vfs_ops();
	model.told = player.told;
	dialogue_free(player.dialogue);
	fault_vfs_settle();
}

static void free_model(void)
{
	for (unsigned i = 0; i <= model.turns; i++) {
		free(model.before[i]);
		free(model.sent[i]);
	}
	buffer_clear(&model.told);
	memset(&model, 0, sizeof(model));
}

/* ---- After the fault ---- */

static const char *told; /* which fault, for a failure */

#define HERE "%s, turn %u (%s)"
#define AT(player) told, (player)->turn, steps[model.step[(player)->turn]].what

/* The turn did all it was to do, and said so. */
static bool is_acknowledged(const struct player *player, bool is_ok)
{
	const char *want = model.sent[player->turn];

	/* Own work that failed before is done in other turns. */
	if (is_ok && !player->has_failed)
		ck_assert_msg(strcmp(player->sent, want) == 0, HERE ": sent %s\n not %s",
			AT(player), player->sent, want);
	if (!is_ok)
		ck_assert_msg(strstr(player->sent, "type=\"result\"") == NULL &&
				      strstr(player->sent, "<body>") == NULL,
			HERE ": the turn failed, and yet %s left", AT(player), player->sent);
	return is_ok && *want != '\0';
}

static void print_fault(void *context, const char *text)
{
	(void)context;
	(void)fprintf(stderr, "fault: %s\n", text);
}

static void is_sound(const struct player *player)
{
	int64_t faults = -1;

	ck_assert_int_eq(store_verify(dialogue_store(player->dialogue), print_fault, NULL, &faults),
		STORE_OK);
	ck_assert_msg(faults == 0, HERE ": the store is damaged", AT(player));
}

static void is_state(const struct player *player, const char *state, const char *want)
{
	ck_assert_msg(strcmp(state, want) == 0, HERE ": it has (first, and should have):%s",
		AT(player), store_dump_differ(state, want));
}

static void is_at_end(const struct player *player)
{
	char *state = store_dump(path);

	is_sound(player);
	is_state(player, state, model.before[model.turns]);
	free(state);
}

/* It goes on where it was, as the state says, to the end of the load. */
static void play_on(struct player *player)
{
	while (player->step < step_count) {
		ck_assert_msg(play_turn(player), HERE ": afterwards the store fails", AT(player));
		next_turn(player);
	}
	is_at_end(player);
}

/* All were told what they are told without the fault, perhaps again. */
static void is_told(struct player *player)
{
	char *lines = arena_strdup(arena, buffer_string(&model.told)), *rest = NULL;

	for (char *line = strtok_r(lines, "\n", &rest); line != NULL;
		line = strtok_r(NULL, "\n", &rest))
		ck_assert_msg(strstr(buffer_string(&player->told), line) != NULL,
			HERE ": nobody said to %s", AT(player), line);
	buffer_clear(&player->told);
}

/* Behind a turn that failed, as kithd does it. What was refused is not there. Own work may be, or
 * some turns of it: it also fails where only what follows its commit did. */
static void recover(struct player *player)
{
	bool is_sure = steps[player->step].said != NULL;
	struct store *store = dialogue_store(player->dialogue);
	char *state;

	player->has_failed = true;
	for (int tries = 0; store_is_shut(store) && !fault_vfs_is_dead(); tries++) {
		ck_assert_int_lt(tries, TRIES);
		(void)store_mend(store);
	}
	if (fault_vfs_is_dead())
		return;
	state = store_dump(path);
	for (unsigned turn = player->turn; !is_sure && turn <= model.turns; turn++) {
		if (strcmp(state, model.before[turn]) == 0) {
			player->turn = turn;
			player->step = model.step[turn];
			break;
		}
		if (model.step[turn] > player->step)
			break;
	}
	is_state(player, state, model.before[player->turn]);
	free(state);
}

/* One turn after the other, until the power is gone. *is_acked: all of the last one was said.
 * False: it is there to the end. */
static bool play_until_power_fails(struct player *player, bool *is_acked)
{
	for (int tries = 0; player->step < step_count;) {
		bool is_ok = play_turn(player);

		*is_acked = is_acknowledged(player, is_ok);
		if (fault_vfs_is_dead())
			return true;
		if (is_ok) {
			next_turn(player);
			continue;
		}
		ck_assert_int_lt(++tries, TRIES);
		recover(player);
		*is_acked = false;
		if (fault_vfs_is_dead())
			return true;
	}
	return false;
}

/* Those faults, the last of which is that the power fails; draw: another number keeps other pieces
 * of what wasn't synced. 1: one turn more than what was acknowledged is there, else 0. */
static int lose_power(int setup, const struct fault *faults, size_t count, unsigned draw)
{
	struct player player;
	bool is_acked, is_met;
	char *state;
	int more = 0;

	begin(&player, setup);
	fault_vfs_plan(faults, count, faults[count - 1].at + draw * 1000003UL);
	is_met = play_until_power_fails(&player, &is_acked);
	dialogue_free(player.dialogue);
	fault_vfs_settle();
	if (!is_met) {
		buffer_clear(&player.told);
		return 0;
	}
	fault_vfs_remove();
	open_player(&player);
	is_sound(&player);
	state = store_dump(path);
	if (is_acked || strcmp(state, model.before[player.turn]) != 0) {
		more = !is_acked;
		player.turn++;
	}
	is_state(&player, state, model.before[player.turn]);
	free(state);
	player.step = model.step[player.turn];
	player.lot = 1000;
	play_on(&player);
	is_told(&player);
	dialogue_free(player.dialogue);
	fault_vfs_install();
	return more;
}

/* A fault that passes: what was refused is not there, and said again it is. */
static void meet(int setup, const struct fault *fault)
{
	struct player player;

	begin(&player, setup);
	fault_vfs_plan(fault, 1, fault->at);
	for (int tries = 0; player.step < step_count;) {
		bool is_ok = play_turn(&player);

		(void)is_acknowledged(&player, is_ok);
		if (is_ok) {
			next_turn(&player);
			continue;
		}
		ck_assert_int_lt(++tries, TRIES);
		recover(&player);
	}
	ck_assert(fault_vfs_struck());
	is_at_end(&player);
	is_told(&player);
	dialogue_free(player.dialogue);
	fault_vfs_settle();
}

/* ---- The tests ---- */

static void no_log(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
}

static void setup(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/kith-crash-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/kith.db", folder);
	(void)snprintf(base, sizeof(base), "%s/base.db", folder);
	log_set(no_log, NULL, LOG_LEVEL_DEBUG);
	arena = arena_new(0);
	store_close(store_open(base, STORE_OPEN_OWNER, NULL));
	fault_vfs_install();
}

static void teardown(void)
{
	char command[64];

	fault_vfs_remove();
	free_model();
	arena_free(arena);
	log_set(NULL, NULL, LOG_LEVEL_INFO);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* How many ops go by from one that fails to the next. */
static unsigned long stride(void)
{
	return getenv("KITH_LONG") ? 1 : 1 + model.ops / 25;
}

/* How often each is tried: a commit is one write, of which the disk may have anything. */
static unsigned draws(void)
{
	return getenv("KITH_LONG") ? 2 : 1;
}

static void tell(const char *what, int setup, unsigned long op)
{
	static char said[120];

	(void)snprintf(said, sizeof(said), "%s, %s at op %lu of %lu", setups[setup].name, what, op,
		model.ops);
	told = said;
}

START_TEST(what_was_acknowledged_outlives_a_power_failure)
{
	unsigned long count = 0, whole = 0;

	make_model(_i, false);
	for (unsigned long op = 1; op <= model.ops; op += stride()) {
		tell("the power fails", _i, op);
		for (unsigned draw = 0; draw < draws(); draw++, count++)
			whole += (unsigned long)lose_power(
				_i, &(struct fault){FAULT_POWER, op, 1}, 1, draw);
	}
	printf("power failures: %lu\n", count);
	/* Chance leaves turns whole that nobody was told of, but not many. */
	ck_assert(stride() > 1 || whole > 0);
	ck_assert_uint_lt(whole, count / 2);
}
END_TEST

START_TEST(a_fault_that_passes_costs_a_turn_and_no_more)
{
	static const struct {
		const char *what;
		enum fault_kind kind;
		unsigned long many;
	} faults[] = {{"an I/O error", FAULT_IO, 1}, {"I/O errors", FAULT_IO, 15},
		{"a full disk", FAULT_FULL, 1}, {"a disk that stays full", FAULT_FULL, 40}};
	unsigned long count = 0;

	make_model(_i, true);
	for (unsigned long op = 1; op <= model.ops; op += stride(), count++) {
		size_t which = count % 4;

		tell(faults[which].what, _i, op);
		meet(_i, &(struct fault){faults[which].kind, op, faults[which].many});
	}
	printf("disk faults: %lu\n", count);
}
END_TEST

/* What a sync that failed was to bring to the disk may never get there, though a later one doesn't
 * fail. */
START_TEST(what_was_acknowledged_outlives_an_io_error_and_a_power_failure)
{
	unsigned long count = 0;

	make_model(_i, true);
	for (unsigned long op = 1; op <= model.ops; op += stride()) {
		const struct fault faults[] = {
			{FAULT_IO, op, 1}, {FAULT_POWER, op + 1 + op % 37, 1}};

		tell("an I/O error, then a power failure", _i, op);
		for (unsigned draw = 0; draw < draws(); draw++, count++)
			(void)lose_power(_i, faults, 2, draw);
	}
	printf("power failures: %lu\n", count);
}
END_TEST

static void ignore_fault(void *context, const char *text)
{
	(void)context;
	(void)text;
}

/* Opened anew, it has no less than was acknowledged. */
static bool has_all(const struct player *player, bool is_acked)
{
	struct store *store = store_open(path, STORE_OPEN_OWNER, NULL);
	int64_t faults = 1;
	bool has = false;
	char *state;

	if (store != NULL && store_verify(store, ignore_fault, NULL, &faults) == STORE_OK &&
		faults == 0) {
		state = store_dump(path);
		has = strcmp(state, model.before[player->turn + 1]) == 0 ||
		      (!is_acked && strcmp(state, model.before[player->turn]) == 0);
		free(state);
	}
	store_close(store);
	return has;
}

START_TEST(without_syncs_these_tests_find_losses)
{
	unsigned lost = 0;

	make_model(SETUP_CARELESS, false);
	tell("the power fails", SETUP_CARELESS, 0);
	for (unsigned long op = 20; op <= model.ops && lost < 3; op += 20) {
		struct player player;
		bool is_acked;

		begin(&player, SETUP_CARELESS);
		fault_vfs_plan(&(struct fault){FAULT_POWER, op, 1}, 1, op);
		ck_assert(play_until_power_fails(&player, &is_acked));
		dialogue_free(player.dialogue);
		fault_vfs_settle();
		fault_vfs_remove();
		lost += !has_all(&player, is_acked);
		fault_vfs_install();
		buffer_clear(&player.told);
	}
	ck_assert_uint_eq(lost, 3);
}
END_TEST

static Suite *crash_suite(void)
{
	Suite *suite = suite_create("crash");
	TCase *tcase = tcase_create("what was acknowledged is on disk");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, getenv("KITH_LONG") ? 3600 : 120);
	tcase_add_loop_test(tcase, what_was_acknowledged_outlives_a_power_failure, 0, SETUPS);
	tcase_add_loop_test(tcase, a_fault_that_passes_costs_a_turn_and_no_more, 0, SETUPS);
	tcase_add_loop_test(
		tcase, what_was_acknowledged_outlives_an_io_error_and_a_power_failure, 0, SETUPS);
	tcase_add_test(tcase, without_syncs_these_tests_find_losses);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return expect_all(crash_suite());
}
