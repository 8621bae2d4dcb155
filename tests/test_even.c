/* What is refused costs what nothing there costs (design, 1: 7): who measures how long an answer
 * takes is told nothing by it. Counted are the statements that the store executes, and the steps of
 * its machine. */
#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "tests/expect.h"
#include "tests/matrix_world.h"

#define STATEMENTS_MAX 4096 /* of one request */
#define STEPS_APART 150	    /* of SQLite's machine: a few microseconds */

/* ---- Counting ---- */

static const char *done[STATEMENTS_MAX]; /* texts, of statements that are prepared for good */
static size_t done_count;
static int steps;

static int on_statement(unsigned what, void *context, void *statement, void *nanoseconds)
{
	(void)what;
	(void)context;
	(void)nanoseconds;
	ck_assert_uint_lt(done_count, STATEMENTS_MAX);
	done[done_count++] = sqlite3_sql(statement);
	steps += sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1);
	return 0;
}

static int on_open(sqlite3 *db, char **why, const struct sqlite3_api_routines *routines)
{
	(void)why;
	(void)routines;
	return sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, on_statement, NULL);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The statements since done_count was 0, in order of their texts; to be freed. */
static char *all_done(void)
{
	struct buffer out;
	char *text;

	qsort(done, done_count, sizeof(*done), by_text);
	buffer_init(&out, 0);
	for (size_t i = 0; i < done_count; i++)
		buffer_printf(&out, "%s\n", done[i]);
	text = strdup(buffer_string(&out));
	ck_assert_ptr_nonnull(text);
	buffer_clear(&out);
	return text;
}

/* ---- Asking ---- */

static const struct {
	const char *name, *request;
} ways[] = {
	{"profile by id", MATRIX_IQ("get", MATRIX_PUBSUB("<items node='urn:xmpp:vcard4'>"
							 "<item id='JID'/></items>"))},
	{"share", MATRIX_SUBMIT("share",
			  MATRIX_FIELD("subject", "JID") MATRIX_FIELD("to", "dave@example.org"))},
	{"search by number",
		MATRIX_IQ("set", "<query xmlns='jabber:iq:search'><x "
				 "xmlns='jabber:x:data' type='submit'>" MATRIX_FIELD(
					 "FORM_TYPE", "jabber:iq:search")
					 MATRIX_FIELD("x-phone", "NUMBER") "</x></query>")},
	{"search by e-mail", MATRIX_IQ("set", "<query xmlns='jabber:iq:search'>"
					      "<email>EMAIL</email></query>")},
	{"search by name", MATRIX_IQ("set", "<query xmlns='jabber:iq:search'>"
					    "<nick>NICK</nick></query>")},
	{"share by number", MATRIX_SUBMIT("share", MATRIX_FIELD("subject", "NUMBER")
							   MATRIX_FIELD("to", "dave@example.org"))},
};

/* Whom a request is about. Only carol has what she has. */
struct about {
	const char *jid, *number, *email, *nick;
};
static const struct about hers = {CAROL, "+447700900100", "carol@mail.example", "Carol"};
static const struct about nobodys = {GHOST, "+447700902599", "ghost@mail.example", "Qwertz"};
/* The same, but that who has a card of carol's has one of it. */
static const struct about of_books = {NOBODY, "+447700902599", "ghost@mail.example", "Qwertz"};

static char *fill(const char *request, const char *asker, const struct about *about)
{
	const char *const words[][2] = {{"ASKER", asker}, {"JID", about->jid},
		{"NUMBER", about->number}, {"EMAIL", about->email}, {"NICK", about->nick}};
	char *text = strdup(request);

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		char *filled = world_with(text, words[i][0], words[i][1]);

		free(text);
		text = filled;
	}
	return text;
}

/* The statements of a request that was made before, so that it writes nothing for the first time,
 * and once more, so that what it wrote was read again; to be freed. */
static char *count(struct world *world, const char *request, const char *asker,
	const struct about *about, int *its_steps)
{
	char *text = fill(request, asker, about);

	free(world_say(world, "%s", text));
	free(world_say(world, "%s", text));
	done_count = 0;
	steps = 0;
	free(world_say(world, "%s", text));
	*its_steps = steps;
	free(text);
	return all_done();
}

/* Loop: the ways. All who may not see carol, for whatever reason, and who find nothing. */
START_TEST(a_refusal_costs_what_absence_costs)
{
	struct world_rules rules = world_open_rules;
	struct world world;
	int most_apart = 0;

	sqlite3_auto_extension((void (*)(void))on_open);
	rules.has_groups = true;
	world_init(&world, &rules);
	sqlite3_reset_auto_extension();
	/* Who has carol's name and address, too. */
	free(world_say(&world,
		"<iq type='set' from='" PLAIN "/r' to='kith.example.org' id='1'>" MATRIX_PUBSUB(
			"<retract node='urn:xmpp:vcard4'><item id='current'/></retract>") "</iq>"));
	for (size_t i = 0; i < world.count; i += (size_t)world_step()) {
		const struct world_person *person = &world.persons[i];
		int ghost_steps, wanted_steps, got_steps;
		char *ghosts = count(&world, ways[_i].request, person->jid, &nobodys, &ghost_steps);
		char *wanted = count(&world, ways[_i].request, person->jid,
			person->relation->card ? &of_books : &nobodys, &wanted_steps);

		for (int c = 0; c < MATRIX_CIRCLES; c++) {
			char *got;

			if (world_expects(&world, person, person->relation->sees, c))
				continue;
			world_set(&world, SETTING_VISIBLE, c);
			got = count(&world, ways[_i].request, person->jid, &hers, &got_steps);
			cell_alike(got, wanted, "%s: %s, visible = %s", ways[_i].name, person->jid,
				matrix_circles[c]);
			if (abs(got_steps - wanted_steps) > most_apart)
				most_apart = abs(got_steps - wanted_steps);
			free(got);
		}
		for (size_t a = 0; a < MATRIX_ABSENTS; a++) {
			struct about about = nobodys;
			bool is_in_book = strcmp(matrix_absents[a].jid, NOBODY) == 0 &&
					  person->relation->card;
			char *got;

			about.jid = matrix_absents[a].jid;
			if (!strstr(about.jid, "@example.org"))
				continue; /* that it is of another domain, everybody can see */
			got = count(&world, ways[_i].request, person->jid, &about, &got_steps);
			cell_alike(got, is_in_book ? wanted : ghosts, "%s: %s: %s", ways[_i].name,
				person->jid, matrix_absents[a].why);
			if (abs(got_steps - ghost_steps) > most_apart)
				most_apart = abs(got_steps - ghost_steps);
			free(got);
		}
		free(ghosts);
		free(wanted);
	}
	world_clear(&world);
	printf("%s: at most %d steps apart\n", ways[_i].name, most_apart);
	ck_assert_int_lt(most_apart, STEPS_APART);
	cells_end("statements");
}
END_TEST

static bool has_written(void)
{
	static const char *const verbs[] = {"INSERT ", "UPDATE ", "DELETE "};

	for (size_t i = 0; i < done_count; i++)
		for (size_t v = 0; v < sizeof(verbs) / sizeof(*verbs); v++)
			if (strncmp(done[i], verbs[v], strlen(verbs[v])) == 0)
				return true;
	return false;
}

/* What is written waits for the disk, which is seen from afar. carol blocks the one. */
START_TEST(whether_a_card_arrives_is_not_told_by_the_disk)
{
	static const char *const senders[] = {
		"stranger@example.org", "stranger.blocked@example.org"};
	struct world_rules rules = world_open_rules;
	struct world world;

	sqlite3_auto_extension((void (*)(void))on_open);
	world_init(&world, &rules);
	sqlite3_reset_auto_extension();
	for (int i = 0; i < 2; i++) {
		char *sent, *text = fill(MATRIX_SUBMIT("share",
						 MATRIX_FIELD("subject", "dave@example.org")
							 MATRIX_FIELD("to", CAROL)),
				    senders[i], &hers);

		free(world_say(&world, "%s", text));
		world_forget_matters(&world);
		done_count = 0;
		sent = world_say(&world, "%s", text);
		ck_assert(expect_find(sent, "to=\"" CAROL "\"") == (i == 0));
		ck_assert(has_written());
		free(sent);
		free(text);
	}
	world_clear(&world);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("even");
	TCase *tcase = tcase_create("design, 1: 7, a refusal looks like absence");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(
		tcase, a_refusal_costs_what_absence_costs, 0, (int)(sizeof(ways) / sizeof(*ways)));
	tcase_add_test(tcase, whether_a_card_arrives_is_not_told_by_the_disk);
	suite_add_tcase(suite, tcase);
	return expect_all(suite);
}
