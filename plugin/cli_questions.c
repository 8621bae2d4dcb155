/* Questions to who sits at the terminal. */
#include "plugin/cli_questions.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "plugin/cli_show.h"

#define QUESTIONS_MAX 64 /* that wait for the person in `watch`; more are only printed */

struct open_question {
	unsigned question;
	size_t choice_count;
	bool is_yes_no; /* its one choice is "yes" */
	char *text;
};

struct cli_questions {
	struct kith *kith;
	struct cli_show *show;
	void (*answered)(void *context, unsigned question);
	void *context;
	struct open_question list[QUESTIONS_MAX];
	size_t count;
	bool prompted; /* the first of them is on the screen */
	bool is_over;  /* nobody answers any more */
};

struct cli_questions *cli_questions_new(struct kith *kith, struct cli_show *show,
	void (*answered)(void *context, unsigned question), void *context)
{
	struct cli_questions *questions = calloc(1, sizeof(*questions));

	if (!questions)
		return NULL;
	questions->kith = kith;
	questions->show = show;
	questions->answered = answered;
	questions->context = context;
	return questions;
}

static void drop(struct cli_questions *questions, size_t at)
{
	free(questions->list[at].text);
	questions->count--;
	memmove(&questions->list[at], &questions->list[at + 1],
		(questions->count - at) * sizeof(questions->list[0]));
	if (at == 0)
		questions->prompted = false;
}

void cli_questions_free(struct cli_questions *questions)
{
	while (questions && questions->count > 0)
		drop(questions, 0);
	free(questions);
}

bool cli_questions_take(struct cli_questions *questions, const struct kith_event *event)
{
	struct open_question *open = &questions->list[questions->count];
	struct kith_event shown = *event;

	if (questions->is_over || questions->count == QUESTIONS_MAX)
		return false;
	questions->count++;
	open->question = event->question;
	open->choice_count = event->choice_count;
	open->is_yes_no = event->choice_count == 1 && strcmp(event->choices[0].text, "yes") == 0;
	if (open->is_yes_no)
		shown.choice_count = 0;
	open->text = kith_event_text(&shown);
	return true;
}

void cli_questions_drop(struct cli_questions *questions, unsigned question)
{
	for (size_t i = 0; i < questions->count; i++) {
		if (questions->list[i].question != question)
			continue;
		if (i == 0 && questions->prompted)
			puts(""); /* behind the prompt */
		drop(questions, i);
		return;
	}
}

bool cli_questions_is_empty(const struct cli_questions *questions)
{
	return questions->count == 0;
}

static void prompt(struct cli_questions *questions)
{
	const struct open_question *open = &questions->list[0];

	if (questions->prompted || questions->count == 0)
		return;
	cli_show_end_line(questions->show);
	tcflush(STDIN_FILENO, TCIFLUSH); /* what was typed before is no answer */
	printf("%s", open->text ? open->text : "?");
	if (open->is_yes_no)
		printf(" [y/N] ");
	else
		printf("\n[1-%zu, or Enter for none] ", open->choice_count);
	fflush(stdout);
	questions->prompted = true;
}

/* The choice that a line means; -1: it means none. Only a clear yes is one. */
static long read_choice(const struct open_question *open, const char *line)
{
	size_t len = strcspn(line, " \t\r\n");
	unsigned long choice;
	char *end;

	if (open->is_yes_no)
		return (len == 1 || len == 3) && strncasecmp(line, "yes", len) == 0;
	errno = 0;
	choice = strtoul(line, &end, 10);
	end += strspn(end, " \t\r\n");
	if (errno || *end || choice > open->choice_count || strchr(line, '-'))
		return -1;
	return (long)choice;
}

static void answer(struct cli_questions *questions, unsigned choice)
{
	unsigned question = questions->list[0].question;

	drop(questions, 0);
	if (questions->answered)
		questions->answered(questions->context, question);
	if (kith_answer(questions->kith, question, choice) < 0 && !questions->is_over)
		fprintf(stderr, "kith: that is no longer asked\n");
}

/* A line of the person's: the answer to the question on the screen. */
static void take_line(struct cli_questions *questions, const char *line)
{
	const struct open_question *open = &questions->list[0];
	long choice = read_choice(open, line);

	if (choice >= 0) {
		answer(questions, (unsigned)choice);
		return;
	}
	printf("A number from 1 to %zu, or Enter for none: ", open->choice_count);
	fflush(stdout);
}

void cli_questions_work(struct cli_questions *questions)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char line[4097]; /* the longest that a terminal gives, and the end */
	ssize_t len;

	if (questions->is_over)
		return;
	prompt(questions);
	if (questions->count == 0 || poll(&input, 1, 0) <= 0)
		return;
	len = read(STDIN_FILENO, line, sizeof(line) - 1);
	if (len < 0 && errno == EINTR)
		return;
	if (len > 0) {
		line[len] = '\0';
		take_line(questions, line);
		return;
	}
	/* End of input: nobody answers any more. */
	questions->is_over = true;
	while (questions->count > 0)
		answer(questions, 0);
}
