"""What the accounts of promise_reach.py say to kithd, and what it says to them, taken to pieces."""

import re

PUBSUB = "http://jabber.org/protocol/pubsub"
EVENT = "{http://jabber.org/protocol/pubsub#event}"
VCARD = "{urn:ietf:params:xml:ns:vcard-4.0}"
COMMANDS = "http://jabber.org/protocol/commands"
CONTACTS, PROFILE = "urn:xmpp:contacts", "urn:xmpp:vcard4"
NUMBER = r"(\+[0-9 ]*[0-9])"


def card(name, numbers, note=""):
    tels = "".join(f"<tel><parameters><type><text>{kind}</text></type></parameters>"
                   f"<uri>tel:{number}</uri></tel>" for kind, number in numbers)
    return (f"<vcard xmlns='{VCARD[1:-1]}'><fn><text>{name}</text></fn>{tels}"
            f"<note><text>{note}</text></note></vcard>")


def read_card(vcard):
    """{number: given up}"""
    return {tel.findtext(VCARD + "uri").removeprefix("tel:"):
            tel.find(f"{VCARD}parameters/{VCARD}x-retired") is not None
            for tel in vcard.iter(VCARD + "tel")}


def pubsub(payload):
    return f"<pubsub xmlns='{PUBSUB}'>{payload}</pubsub>"


def publish(node, item, vcard):
    return "set", pubsub(f"<publish node='{node}'><item id='{item}'>{vcard}</item></publish>")


def retract(node, item):
    return "set", pubsub(f"<retract node='{node}' notify='true'><item id='{item}'/></retract>")


def items(item):
    return "get", pubsub(f"<items node='{CONTACTS}'><item id='{item}'/></items>")


def command(node, session=None, fields=()):
    """One with a form: first without session."""
    if session is None:
        return "set", f"<command xmlns='{COMMANDS}' node='{node}' action='execute'/>"
    values = "".join(f"<field var='{var}'>" + "".join(f"<value>{value}</value>" for value in values)
                     + "</field>" for var, values in fields)
    return "set", (f"<command xmlns='{COMMANDS}' node='{node}' action='complete' sessionid='{session}'>"
                   f"<x xmlns='jabber:x:data' type='submit'>{values}</x></command>")


def e164(display):
    return display.replace(" ", "")


def facts_of(text):
    """What a push says, in order: [(number, "current", "retired" or "gone", number it had before)]."""
    facts = []
    for part in text.split("; "):
        if match := re.search(rf" {NUMBER} is now {NUMBER}", part):
            facts.append((e164(match[1]), "gone", None))
            facts.append((e164(match[2]), "current", e164(match[1])))
        elif match := re.search(rf" {NUMBER} is no longer in use", part):
            facts.append((e164(match[1]), "retired", e164(match[1])))
        elif match := re.search(rf" {NUMBER} is in use again", part):
            facts.append((e164(match[1]), "current", e164(match[1])))
        elif match := re.search(rf"new: \S+ {NUMBER}", part):
            facts.append((e164(match[1]), "current", None))
        else:
            raise AssertionError(f"a push that nobody understands: {text}")
    return facts
