-- Kith on Prosody 0.12: put this at the end of /etc/prosody/prosody.cfg.lua, with your own names.
-- Then: prosodyctl check config && systemctl restart prosody (to reload leaves a new component out), and
-- the same secret in /etc/kith/secret.
--
-- Prosody listens for components on 127.0.0.1:5347 unless told otherwise (component_ports,
-- component_interfaces); that is what `server` in kith.conf says.

Component "kith.example.org"
	component_secret = "change me"
	-- A kithd that reconnects takes over from a connection that died without a word.
	component_conflict_resolve = "kick_old"
	name = "Address books"
