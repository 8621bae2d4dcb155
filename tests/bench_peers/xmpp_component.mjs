// The same as Kith in little, as a component on @xmpp/component: profiles and contacts by XEP-0060 in
// SQLite; where a profile's number changes, so do the cards of all who have it, and each gets a message.
//
// xmpp_component.mjs PORT FILE
//
// What the documentations advise: iq callees, better-sqlite3 with WAL and prepared statements;
// synchronous=FULL, since an answer says that it is stored. Nothing is checked: no rules, no history, no
// limits, no number is looked at.
import { component, xml } from "@xmpp/component";
import parse from "@xmpp/xml/lib/parse.js";
import Database from "better-sqlite3";

const [port, file] = process.argv.slice(2);
const NS = "http://jabber.org/protocol/pubsub";

const db = new Database(file);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
const profileGet = db.prepare("SELECT card FROM profile WHERE jid = ?").pluck();
const contactGet = db.prepare("SELECT card FROM contact WHERE owner = ? AND item = ?").pluck();
const contactPut = db.prepare(
  "INSERT INTO contact VALUES (?, ?, ?) ON CONFLICT (owner, item) DO UPDATE SET card = excluded.card",
);
const telGet = db.prepare("SELECT tel FROM profile WHERE jid = ?").pluck();
const profilePut = db.prepare("UPDATE profile SET tel = ?, card = ? WHERE jid = ?");
const holdersGet = db.prepare("SELECT rowid, owner, card FROM contact WHERE item = ?");
const cardPut = db.prepare("UPDATE contact SET card = ? WHERE rowid = ?");

// Who has the account as a contact.
const change = db.transaction((who, tel, card) => {
  const old = telGet.get(who);
  profilePut.run(tel, card, who);
  if (old === tel) return [];
  const rows = holdersGet.all(who);
  for (const row of rows) cardPut.run(row.card.replace(old, tel), row.rowid);
  return rows.map((row) => row.owner);
});

const xmpp = component({
  service: `xmpp://127.0.0.1:${port}`,
  domain: "kith.example.org",
  password: "bench",
});

xmpp.iqCallee.get(NS, "pubsub", (ctx) => {
  const items = ctx.element.getChild("items");
  const { node } = items.attrs;
  const { id } = items.getChild("item").attrs;
  const card =
    node === "urn:xmpp:vcard4"
      ? profileGet.get(id)
      : contactGet.get(ctx.from.bare().toString(), id);
  if (!card) {
    return xml(
      "error",
      { type: "cancel" },
      xml("item-not-found", "urn:ietf:params:xml:ns:xmpp-stanzas"),
    );
  }
  return xml(
    "pubsub",
    { xmlns: NS },
    xml("items", { node }, xml("item", { id }, parse(card))),
  );
});

xmpp.iqCallee.set(NS, "pubsub", (ctx) => {
  const publish = ctx.element.getChild("publish");
  const item = publish.getChild("item");
  const who = ctx.from.bare().toString();
  const payload = item.getChildElements()[0];
  if (publish.attrs.node === "urn:xmpp:vcard4") {
    const tel = payload.getChild("tel").getChildText("uri");
    const holders = change(who, tel, payload.toString());
    setImmediate(() => tell(holders, who, tel.slice(4)));
  } else {
    contactPut.run(who, item.attrs.id, payload.toString());
  }
  return true;
});

async function tell(holders, who, number) {
  await xmpp.sendMany(
    holders.map((holder) =>
      xml(
        "message",
        { from: "kith.example.org", to: holder, type: "chat" },
        xml("body", {}, `${who}'s number is now ${number}`),
      ),
    ),
  );
}

xmpp.on("error", (error) => console.error(error));
await xmpp.start();
