/* Who may what, written down in the terms of the design (section 4, "Rules"), for test_matrix.c and
 * whoever wants to read one against the other. Nothing here is worked out from component/.
 *
 * carol is the owner of everything: it is her numbers that the others come for. Her number was A
 * and is B now; when she changes it once more it becomes C, and D is new. "+" is yes, "-" is no,
 * and no is always what would come if there were no carol. */
#ifndef KITH_TESTS_MATRIX_TABLE_H
#define KITH_TESTS_MATRIX_TABLE_H

#include <stdbool.h>

#include "component/settings.h"

/* ---- Relations ---- */

/* What somebody is to carol. The columns are circles of hers, as one letter each: nobody, chosen,
 * mutual, known, everyone. */
struct matrix_relation {
	const char *name;
	const char *sees;    /* is he within, at this moment? */
	const char *links;   /* does a card with A that he writes now come up to date? */
	const char *follows; /* does his card follow her next change? */
	const char *card;    /* the numbers on his card about her; NULL: he has none */
	const char
		*becomes; /* what they are once it has followed; NULL: nothing on it is to change */
	const char *why;
};

/* clang-format off */
static const struct matrix_relation matrix_relations[] = {
	/*            n c m k e    n c m k e    n c m k e */
	{"self",     "+ + + + +", "+ + + + +", "+ + + + +", "B", "C D", "carol herself"},
	{"chosen",   "- + + + +", "- + + + +", "- + + + +", "X", "X D", "on her list"},
	{"mutual",   "- - + + +", "- - + + +", "- - + + +", "X", "X D", "in her book, too"},
	{"roster",   "- - + + +", "- - + + +", "- - + + +", "X", "X D", "subscribed both ways"},
	{"friend",   "- - + + +", "- - + + +", "- - + + +", NULL, "offered",
		"subscribed both ways, and has no card: is offered hers"},
	{"known",    "- - - + +", "- - - + +", "- - - + +", "A", "C",
		"linked before the change, by a card that then carried A"},
	{"now",      "- - - + +", "- - - - +", "- - - + +", "B", "C",
		"linked since, by a card that carries B (writing A in its place, he is as late)"},
	{"late",     "- - - - +", "- - - - +", "- - - + +", "A", "C",
		"linked since, by a card that carries A: that is known only at the next change"},
	{"onesided", "- - - - +", "- - - - +", "- - - - +", "X", NULL,
		"she is in his book, by a card with none of her numbers"},
	{"stranger", "- - - - +", "- - - - +", "- - - - -", NULL, NULL, "nothing to her"},
	{"admin",    "- - - - +", "- - - - +", "- - - - -", NULL, NULL, "no more than a stranger"},
	{"dormant",  "- - - - +", "- - - - -", "- - - - -", "A", NULL,
		"linked to a carol who ended and had A, too: nothing to her who is now"},
	{"reborn",   "- - - - +", "- - - - +", "- - - - +", "X", NULL,
		"was chosen, mutual, subscribed, and known, and ended: inherits nothing"},
};
/* clang-format on */
#define MATRIX_RELATIONS (sizeof(matrix_relations) / sizeof(*matrix_relations))

/* Where he is, whatever else he is to her. Who is outside is outside all circles. The columns: the
 * conf has no groups, it has. */
struct matrix_place {
	const char *name, *suffix, *domain;
	const char *is_within;
	const char *groups[2]; /* a letter for each that he is of; who has one in common may know of
				  each other. carol is of g. */
	const char *why;
};

/* clang-format off */
static const struct matrix_place matrix_places[] = {
	{"here",        "",         "example.org",       "+ +", {"g", "g"},  "same domain, and same group"},
	{"blocked",     ".blocked", "example.org",       "- -", {"g", "g"},  "blocked by her"},
	{"other group", "",         "other.example",     "+ -", {"g", "o"},  "of a group that isn't hers"},
	{"both groups", "",         "both.example",      "- +", {"",  "go"}, "served by being of two groups"},
	{"remote",      "",         "elsewhere.example", "- -", {"",  ""},   "was served once, and isn't now"},
};
/* clang-format on */
#define MATRIX_PLACES (sizeof(matrix_places) / sizeof(*matrix_places))

/* ---- Others than carol: whoever asks for one of them, in whatever circle, gets nothing ---- */

struct matrix_absent {
	const char *jid, *why;
};

static const struct matrix_absent matrix_absents[] = {
	{"hidden@example.org", "retracted the profile; is for everyone otherwise"},
	{"empty@example.org", "uses the service, and has no profile"},
	{"ended@example.org", "had a profile for everyone, and ended"},
	{"nobody@example.org", "is in books only"},
	{"somebody@elsewhere.example", "is of a domain that isn't served"},
};
#define MATRIX_ABSENTS (sizeof(matrix_absents) / sizeof(*matrix_absents))

/* ---- Settings ---- */

static const char *const matrix_circles[] = {"nobody", "chosen", "mutual", "known", "everyone"};
#define MATRIX_CIRCLES 5

/* Each setting, its values, and where the matrix goes through them. */
static const struct {
	const char *name, *values, *where;
} matrix_settings[] = {
	{"visible", "nobody chosen mutual known everyone", "all ways; the ceiling of what follows"},
	{"audience", "nobody chosen mutual known everyone", "fan-out, with all of visible"},
	{"findable", "nobody chosen mutual known everyone",
		"search, share, proposals of links, with all of visible"},
	{"share", "no yes ask", "share, with all of visible"},
	{"updates", "never auto ask", "fan-out; linking, catching up, accepting"},
	{"pushes", "off on", "fan-out"},
	{"hold", "0 60 300 600 1800 3600 86400", "delays what fan-out does, and admits nobody"},
	{"first_change", "go ask", "delays what fan-out does, and admits nobody"},
};
#define MATRIX_SETTINGS (sizeof(matrix_settings) / sizeof(*matrix_settings))

/* ---- Passing her card on ---- */

/* Somebody, or carol herself, has the service send her card to somebody: what the sender is told. A
 * sender that may not see her is told that nobody was found; so is one that may know of the
 * receiver no more than she does. Nothing else of the receiver, or of what he is to her, makes a
 * difference to the sender: that would be others' books and blocks. */
struct matrix_share {
	const char *setting;
	const char *others_told, *herself_told; /* "sent", "asked" or "nobody" */
	bool receiver_sees; /* does it only come to whom she admits as reader, too? */
	const char *why;
};

/* clang-format off */
static const struct matrix_share matrix_shares[] = {
	{"no",  "nobody", "nobody", true,  "it isn't passed on"},
	{"yes", "sent",   "sent",   true,  "within the ceiling"},
	{"ask", "asked",  "sent",   false, "her yes to the question is for that receiver"},
};
/* clang-format on */
#define MATRIX_SHARES (sizeof(matrix_shares) / sizeof(*matrix_shares))

/* ---- Ways in ---- */

/* Where something of carol's may come out, and the setting that says to whom (the tests of
 * test_matrix.c go through them). Stanzas say what they are by which of the service's doors they
 * use: "get urn:... query", or "command NODE". */
static const struct {
	const char *door, *rule;
} matrix_ruled[] = {
	{"get http://jabber.org/protocol/pubsub pubsub", "visible: her profile by id"},
	{"set http://jabber.org/protocol/pubsub pubsub",
		"visible: linking; findable: what is proposed to be linked"},
	{"set urn:xmpp:delegation:1 delegation", "visible: the numbers on her vCard"},
	{"set urn:xmpp:delegation:2 delegation", "visible: the numbers on her vCard"},
	{"set jabber:iq:search query", "findable"},
	{"command contacts", "visible: linking; findable: what is proposed to be linked"},
	{"command share", "share, visible, and findable where she is searched for"},
	{"command introduce", "the same: what two of these do"},
	{"command settings", "visible: catching up"},
	{"command matters", "audience: what was proposed; findable: a link that was"},
	{"command confirm", "visible: linking anew"},
};
#define MATRIX_RULED (sizeof(matrix_ruled) / sizeof(*matrix_ruled))

/* What is refused to everybody, whatever her settings are, or is only about the one who asks: the
 * answer is the same whether it is asked about carol or about a JID that has no account. Written as
 * sent; JID, NAME, EMAIL, NUMBER and TOKEN stand for hers, or for such of nobody. */
#define MATRIX_IQ(type, payload)                                                                   \
	"<iq type='" type "' from='ASKER/r' to='kith.example.org' id='1'>" payload "</iq>"
#define MATRIX_PUBSUB(content)                                                                     \
	"<pubsub xmlns='http://jabber.org/protocol/pubsub'>" content "</pubsub>"
#define MATRIX_OWNER(content)                                                                      \
	"<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>" content "</pubsub>"
#define MATRIX_DISCO(what, node)                                                                   \
	"<query xmlns='http://jabber.org/protocol/disco#" what "'" node "/>"
#define MATRIX_FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define MATRIX_COMMAND(node, content)                                                              \
	MATRIX_IQ("set", "<command xmlns='http://jabber.org/protocol/commands' node='" node        \
			 "'>" content "</command>")
#define MATRIX_SUBMIT(node, fields)                                                                \
	MATRIX_COMMAND(node, "<x xmlns='jabber:x:data' type='submit'>" fields "</x>")
#define MATRIX_CHAT(content)                                                                       \
	"<message type='chat' from='ASKER/r' to='kith.example.org' id='1'>" content "</message>"
#define MATRIX_ACTION(id)                                                                          \
	MATRIX_CHAT("<action-selected xmlns='urn:xmpp:tmp:quick-response' id='" id "'/>")
#define MATRIX_MAM(fields)                                                                         \
	MATRIX_IQ("set", "<query xmlns='urn:xmpp:mam:2' node='urn:xmpp:contacts'>"                 \
			 "<x xmlns='jabber:x:data' type='submit'>" MATRIX_FIELD(                   \
				 "FORM_TYPE", "urn:xmpp:mam:2") fields "</x></query>")

static const char *const matrix_alike[] = {
	/* her nodes are hers alone, and have no other address */
	MATRIX_IQ("get", MATRIX_PUBSUB("<items node='urn:xmpp:vcard4'/>")),
	MATRIX_IQ("get", MATRIX_PUBSUB("<items node='JID'/>")),
	MATRIX_IQ("get", MATRIX_PUBSUB("<items node='urn:xmpp:vcard4/JID'/>")),
	MATRIX_IQ("get", MATRIX_PUBSUB("<items node='urn:xmpp:contacts'><item id='JID'/></items>")),
	MATRIX_IQ("get", MATRIX_PUBSUB("<items node='urn:xmpp:contacts' max_items='1'/>")),
	MATRIX_IQ("get", MATRIX_PUBSUB("<subscriptions/>")),
	MATRIX_IQ("get", MATRIX_PUBSUB("<affiliations node='urn:xmpp:vcard4'/>")),
	MATRIX_IQ("get", MATRIX_PUBSUB("<options node='urn:xmpp:vcard4' jid='JID'/>")),
	MATRIX_IQ("get", MATRIX_OWNER("<subscriptions node='urn:xmpp:vcard4'/>")),
	MATRIX_IQ("get", MATRIX_OWNER("<affiliations node='urn:xmpp:contacts'/>")),
	MATRIX_IQ("get", MATRIX_OWNER("<configure node='JID'/>")),
	MATRIX_IQ("set", MATRIX_OWNER("<delete node='urn:xmpp:vcard4'/>")),
	MATRIX_IQ("set", MATRIX_OWNER("<purge node='JID'/>")),
	MATRIX_IQ("set", MATRIX_PUBSUB("<subscribe node='urn:xmpp:vcard4' jid='JID'/>")),
	MATRIX_IQ("set", MATRIX_PUBSUB("<subscribe node='urn:xmpp:contacts' jid='JID'/>")),
	MATRIX_IQ("set", MATRIX_PUBSUB("<unsubscribe node='urn:xmpp:vcard4' jid='JID'/>")),
	MATRIX_IQ("set", MATRIX_PUBSUB("<publish node='urn:xmpp:vcard4'><item id='JID'><vcard "
				       "xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>x</text>"
				       "</fn></vcard></item></publish>")),
	MATRIX_IQ(
		"set", MATRIX_PUBSUB("<retract node='urn:xmpp:vcard4'><item id='JID'/></retract>")),
	"<iq type='get' from='ASKER/r' to='LOCAL@kith.example.org' id='1'>" MATRIX_PUBSUB(
		"<items node='urn:xmpp:vcard4'/>") "</iq>",
	"<iq type='get' from='ASKER/r' to='LOCAL@kith.example.org' id='1'>"
	"<query xmlns='jabber:iq:last'/></iq>",
	MATRIX_IQ("get", MATRIX_DISCO("info", "")),
	MATRIX_IQ("get", MATRIX_DISCO("info", " node='JID'")),
	MATRIX_IQ("get", MATRIX_DISCO("info", " node='urn:xmpp:vcard4'")),
	MATRIX_IQ("get", MATRIX_DISCO("info", " node='urn:xmpp:contacts'")),
	MATRIX_IQ("get", MATRIX_DISCO("info", " node='matters/TOKEN'")),
	MATRIX_IQ("get", MATRIX_DISCO("info", " node='urn:xmpp:delegation:2::vcard-temp'")),
	MATRIX_IQ("get", MATRIX_DISCO("items", "")),
	MATRIX_IQ("get", MATRIX_DISCO("items", " node='JID'")),
	MATRIX_IQ("get", MATRIX_DISCO("items", " node='urn:xmpp:vcard4'")),
	MATRIX_IQ("get", MATRIX_DISCO("items", " node='http://jabber.org/protocol/commands'")),
	/* her archive */
	MATRIX_IQ("get", "<query xmlns='urn:xmpp:mam:2' node='JID'/>"),
	MATRIX_IQ("get", "<metadata xmlns='urn:xmpp:mam:2' node='JID'/>"),
	MATRIX_IQ("get", "<metadata xmlns='urn:xmpp:mam:2' node='urn:xmpp:contacts'/>"),
	MATRIX_IQ("get", "<metadata xmlns='urn:xmpp:mam:2'/>"),
	MATRIX_MAM(MATRIX_FIELD("with", "JID")),
	MATRIX_MAM(MATRIX_FIELD("after-id", "ARCHIVE")),
	MATRIX_MAM(MATRIX_FIELD("before-id", "ARCHIVE")),
	MATRIX_MAM(MATRIX_FIELD("ids", "ARCHIVE")),
	"<iq type='set' from='ASKER/r' to='LOCAL@kith.example.org' id='1'>"
	"<query xmlns='urn:xmpp:mam:2' node='urn:xmpp:contacts'/></iq>",
	/* what the service says of itself and of the one who asks */
	MATRIX_IQ("get", "<query xmlns='jabber:iq:last'/>"),
	MATRIX_IQ("get", "<query xmlns='jabber:iq:version'/>"),
	MATRIX_IQ("get", "<ping xmlns='urn:xmpp:ping'/>"),
	MATRIX_IQ("get", "<time xmlns='urn:xmpp:time'/>"),
	MATRIX_IQ("get", "<vCard xmlns='vcard-temp'/>"),
	MATRIX_IQ("set", "<vCard xmlns='vcard-temp'><FN>NAME</FN></vCard>"),
	MATRIX_IQ("get", "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>"),
	MATRIX_IQ("set", "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>"),
	MATRIX_IQ("get", "<query xmlns='jabber:iq:search'/>"),
	MATRIX_IQ("get", "<query xmlns='jabber:iq:register'/>"),
	MATRIX_IQ("get", "<query xmlns='jabber:iq:register'><username>JID</username></query>"),
	MATRIX_IQ("set",
		"<query xmlns='jabber:iq:register'><username>JID</username><remove/></query>"),
	/* who isn't the server can't forward in its name */
	MATRIX_IQ("set", "<delegation xmlns='urn:xmpp:delegation:2'><forwarded "
			 "xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='get' id='1' "
			 "from='JID/r' to='JID'><vCard xmlns='vcard-temp'/></iq></forwarded>"
			 "</delegation>"),
	MATRIX_IQ("set", "<delegation xmlns='urn:xmpp:delegation:1'/>"),
	/* commands: what they have is the asker's own */
	MATRIX_COMMAND("contacts", ""),
	MATRIX_SUBMIT("contacts", MATRIX_FIELD("do", "find") MATRIX_FIELD("search", "NAME")),
	MATRIX_SUBMIT("contacts", MATRIX_FIELD("do", "find") MATRIX_FIELD("search", "NUMBER")),
	MATRIX_SUBMIT("contacts", MATRIX_FIELD("do", "find") MATRIX_FIELD("search", "EMAIL")),
	MATRIX_SUBMIT("contacts", MATRIX_FIELD("do", "edit") MATRIX_FIELD("item", "JID")),
	MATRIX_SUBMIT("undo", MATRIX_FIELD("item", "JID")),
	MATRIX_SUBMIT("confirm", MATRIX_FIELD("item", "JID") MATRIX_FIELD("same", "no")),
	MATRIX_COMMAND("matters", ""),
	MATRIX_COMMAND("matters/TOKEN", ""),
	MATRIX_SUBMIT("matters", MATRIX_FIELD("TOKEN", "yes")),
	MATRIX_SUBMIT("matters/TOKEN", MATRIX_FIELD("TOKEN", "no")),
	MATRIX_COMMAND("share", ""),
	MATRIX_COMMAND("introduce", ""),
	MATRIX_COMMAND("settings", ""),
	MATRIX_COMMAND("profile", ""),
	MATRIX_COMMAND("look", ""),
	MATRIX_COMMAND("preview", ""),
	MATRIX_SUBMIT("preview", MATRIX_FIELD("number", "+447700902100")),
	MATRIX_COMMAND("export", ""),
	MATRIX_SUBMIT("export", MATRIX_FIELD("format", "json") MATRIX_FIELD("after", "ARCHIVE")),
	MATRIX_COMMAND("erase", ""),
	MATRIX_SUBMIT("erase", MATRIX_FIELD("address", "JID")),
	MATRIX_COMMAND("JID", ""),
	/* and what they let oneself set is as good for a JID that there isn't */
	MATRIX_SUBMIT("settings", MATRIX_FIELD("blocked", "JID")),
	MATRIX_SUBMIT("settings", MATRIX_FIELD("chosen", "JID") MATRIX_FIELD("blocked", "")),
	MATRIX_SUBMIT("settings", MATRIX_FIELD("chosen", "")),
	/* words */
	MATRIX_CHAT("<body>JID</body>"),
	MATRIX_CHAT("<body>yes</body>"),
	MATRIX_CHAT("<body>yes CODE</body>"),
	MATRIX_CHAT("<body>back CODE</body>"),
	MATRIX_ACTION("yes/TOKEN"),
	MATRIX_ACTION("no/TOKEN"),
	MATRIX_ACTION("back/TOKEN"),
	MATRIX_ACTION("yes/JID"),
	"<presence type='subscribe' from='ASKER' to='LOCAL@kith.example.org'/>",
	"<presence type='probe' from='ASKER/r' to='kith.example.org'/>",
	"<presence from='ASKER/r' to='kith.example.org'/>",
};
#define MATRIX_ALIKE (sizeof(matrix_alike) / sizeof(*matrix_alike))

/* The same for what only admins may: forbidden to all others, whomever it is about. An admin can
 * look (design, 3, "forms"). */
static const char *const matrix_admins[] = {
	MATRIX_SUBMIT("account", MATRIX_FIELD("accountjid", "JID")),
	MATRIX_SUBMIT("erase-account", MATRIX_FIELD("accountjid", "JID")),
	MATRIX_SUBMIT(
		"erase-account", MATRIX_FIELD("accountjid", "JID") MATRIX_FIELD("sure", "true")),
	MATRIX_COMMAND("accounts", ""),
	MATRIX_SUBMIT("accounts", MATRIX_FIELD("accountjid", "JID")),
	MATRIX_COMMAND("stats", ""),
	MATRIX_COMMAND("changes", ""),
	MATRIX_SUBMIT("http://jabber.org/protocol/admin#announce",
		MATRIX_FIELD("announcement", "to JID")),
};
#define MATRIX_ADMINS (sizeof(matrix_admins) / sizeof(*matrix_admins))

/* "+ - + ...": the letter of a column. */
static inline bool matrix_is(const char *letters, unsigned column)
{
	return letters[2 * column] == '+';
}

#endif
