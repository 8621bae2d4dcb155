/* See crash_load.h. */
#include "tests/crash_load.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"

#define NOW 1600000000
#define DAY 86400
#define STEPS_MAX 64
#define HOLDERS 6
#define PHOTO 30000 /* characters: several pages of the store */

#define COMMANDS "http://jabber.org/protocol/commands"

struct load {
	struct arena *arena;
	bool has_one_run;   /* at a time */
	struct buffer said; /* by the step that is being written */
	struct load_step *steps;
	size_t count;
	int64_t now;
	unsigned id;
};

/* ---- Stanzas ---- */

__attribute__((format(printf, 4, 5))) static void iq(
	struct load *load, const char *who, const char *type, const char *format, ...)
{
	char *text;
	va_list args;

	va_start(args, format);
	ck_assert_int_ge(vasprintf(&text, format, args), 0);
	va_end(args);
	buffer_printf(&load->said,
		"<iq type='%s' from='%s@example.org/r' to='kith.example.org' id='%u'>%s</iq>", type,
		who, ++load->id, text);
	free(text);
}

/* more: XML of the card. */
static void publish(struct load *load, const char *who, const char *node, const char *item,
	const char *number, const char *more)
{
	iq(load, who, "set",
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'>"
		"<item id='%s'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
		"<fn><text>The card of %s</text></fn>"
		"<tel><parameters><type><text>cell</text></type></parameters>"
		"<uri>tel:+4477009%s</uri></tel>%s</vcard></item></publish></pubsub>",
		node, item, who, number, more);
}

static void profile(struct load *load, const char *who, const char *number)
{
	publish(load, who, "urn:xmpp:vcard4", "current", number, "");
}

static void contact(
	struct load *load, const char *who, const char *item, const char *number, const char *more)
{
	publish(load, who, "urn:xmpp:contacts", item, number, more);
}

static void retract(struct load *load, const char *who, const char *item)
{
	iq(load, who, "set",
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		"<retract node='urn:xmpp:contacts'><item id='%s'/></retract></pubsub>",
		item);
}

static void command(
	struct load *load, const char *who, const char *node, const char *var, const char *value)
{
	iq(load, who, "set",
		"<command xmlns='" COMMANDS "' node='%s'><x xmlns='jabber:x:data' type='submit'>"
		"<field var='%s'><value>%s</value></field></x></command>",
		node, var, value);
}

static void say(struct load *load, const char *who, const char *words)
{
	buffer_printf(&load->said,
		"<message type='chat' from='%s@example.org/r' to='kith.example.org' id='%u'>"
		"<body>%s</body></message>",
		who, ++load->id, words);
}

static const char *holder(struct load *load, int n)
{
	return arena_printf(load->arena, "holder%d", n);
}

/* ---- Steps ---- */

static struct load_step *add_step(struct load *load, const char *what)
{
	struct load_step *step = &load->steps[load->count++];

	ck_assert_uint_le(load->count, STEPS_MAX);
	step->what = what;
	step->now = load->now;
	return step;
}

/* What was written since the last one comes in one turn. */
static void turn(struct load *load, const char *what)
{
	struct load_step *step = add_step(load, what);

	step->said = arena_strdup(load->arena, buffer_string(&load->said));
	ck_assert_ptr_nonnull(step->said);
	buffer_reset(&load->said);
}

static void work(struct load *load, const char *what)
{
	(void)add_step(load, what);
}

static void publications(struct load *load)
{
	char *photo = arena_alloc(load->arena, PHOTO + 1);

	memset(photo, 'A', PHOTO);
	photo[PHOTO] = '\0';
	profile(load, "carol", "00100");
	profile(load, "dave", "00200");
	profile(load, "erin", "00300");
	turn(load, "profiles");
	for (int n = 0; n < HOLDERS; n++)
		contact(load, holder(load, n), "carol@example.org", "00100", "");
	iq(load, "holder0", "get",
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		"<items node='urn:xmpp:vcard4'><item id='nobody@example.org'/></items></pubsub>");
	turn(load, "contacts, and what is refused among them");
	contact(load, "holder0", "urn:uuid:large", "00999",
		arena_printf(
			load->arena, "<photo><uri>data:image/png;base64,%s</uri></photo>", photo));
	contact(load, "holder1", "dave@example.org", "00200", "");
	contact(load, "holder2", "dave@example.org", "00200", "");
	contact(load, "frank", "dave@example.org", "00200", "");
	contact(load, "carol", "holder0@example.org", "00700", "");
	turn(load, "a large contact beside small ones");
	command(load, "holder2", "settings", "pushes", "off");
	command(load, "holder3", "settings", "updates", "ask");
	command(load, "holder4", "settings", "updates", "never");
	command(load, "carol", "settings", "visible", "everyone");
	turn(load, "settings");
}

static void changes(struct load *load)
{
	profile(load, "carol", "00101");
	turn(load, "a change");
	work(load, "its run");
	say(load, "holder3", "yes");
	turn(load, "a proposal is accepted");
	command(load, "holder1", "undo", "item", "carol@example.org");
	turn(load, "an update is taken back");
	profile(load, "carol", "00102");
	if (load->has_one_run) {
		turn(load, "another change");
		work(load, "its run");
	}
	profile(load, "dave", "00201");
	turn(load, "two changes at once");
	work(load, "their runs");
	profile(load, "carol", "00103");
	turn(load, "a change, its run not begun");
	profile(load, "carol", "00104");
	contact(load, "holder5", "dave@example.org", "00200", "");
	turn(load, "another one before it is, and a contact with an old number");
	work(load, "the run of the two");
	work(load, "nothing");
}

static void removals(struct load *load)
{
	retract(load, "holder5", "carol@example.org");
	retract(load, "holder0", "urn:uuid:large");
	contact(load, "holder5", "urn:uuid:other", "00888", "");
	turn(load, "contacts are removed, one is added");
	iq(load, "holder5", "set",
		"<query xmlns='urn:xmpp:mam:2' queryid='q' node='urn:xmpp:contacts'/>");
	iq(load, "gina", "set",
		"<query xmlns='jabber:iq:register'><name>Gina</name>"
		"<phone>+447700900400</phone></query>");
	turn(load, "a sync, a registration");
	iq(load, "dave", "set", "<query xmlns='jabber:iq:register'><remove/></query>");
	turn(load, "an account that others are linked to is erased");
	work(load, "after it");
	profile(load, "dave", "00201");
	turn(load, "somebody has its address now");
	work(load, "the questions to the holders");
	say(load, "frank", "yes");
	turn(load, "it is the same person");
}

static void waits(struct load *load)
{
	command(load, "erin", "settings", "hold", "600");
	contact(load, "holder0", "erin@example.org", "00300", "");
	turn(load, "a hold");
	profile(load, "erin", "00301");
	turn(load, "a change that is held");
	work(load, "its owner is told");
	say(load, "erin", "back");
	turn(load, "it is taken back");
	profile(load, "erin", "00302");
	turn(load, "another one");
	load->now += 601;
	work(load, "its run after the hold");
	load->now += DAY + 1;
	work(load, "summaries, books looked through");
	load->now += 95 * DAY;
	work(load, "what is old is dropped");
	iq(load, "holder0", "set", "<query xmlns='jabber:iq:register'><remove/></query>");
	contact(load, "holder1", "urn:uuid:last", "00777", "");
	turn(load, "another account is erased");
	work(load, "nothing is left to do");
}

const struct load_step *load_new(struct arena *arena, bool has_one_run, size_t *count)
{
	struct load load = {.arena = arena, .has_one_run = has_one_run, .now = NOW};

	buffer_init(&load.said, 0);
	load.steps = arena_alloc(arena, STEPS_MAX * sizeof(*load.steps));
	ck_assert_ptr_nonnull(load.steps);
	memset(load.steps, 0, STEPS_MAX * sizeof(*load.steps));
	publications(&load);
	changes(&load);
	removals(&load);
	waits(&load);
	buffer_clear(&load.said);
	*count = load.count;
	return load.steps;
}
