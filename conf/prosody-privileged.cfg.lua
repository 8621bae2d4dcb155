-- Kith on Prosody 0.12 with Debian's package prosody-modules, attached deeper than by prosody.cfg.lua:
-- the vCard that people edit in any client is their profile in Kith, who is "mutual" is also taken from
-- rosters, and cards that Kith passes on come from whom they are from.
--
-- What you give: kithd may read every roster and write messages as anybody of example.org. What was
-- stored as vCard until now is not seen any more, and while kithd is down, vCards can't be read.
--
-- Load neither vcard nor vcard_legacy beside it. Prosody is to be restarted, not reloaded, after a
-- change of this; keep your own lines in `VirtualHost "example.org"`.

VirtualHost "example.org"
	modules_enabled = { "privilege"; "delegation" }
	privileged_entities = {
		["kith.example.org"] = {
			roster = "get";
			message = "outgoing";
			presence = "managed_entity";
		};
	}
	delegations = {
		["vcard-temp"] = { jid = "kith.example.org" };
		["urn:ietf:params:xml:ns:vcard-4.0"] = { jid = "kith.example.org" };
	}

Component "kith.example.org"
	component_secret = "change me"
	-- A kithd that reconnects takes over from a connection that died without a word.
	component_conflict_resolve = "kick_old"
	name = "Address books"
	-- Here too: without it nothing is granted.
	modules_enabled = { "privilege"; "delegation" }
