/* The XML namespaces in use, each with the document that defines it. */
#ifndef KITH_NS_H
#define KITH_NS_H

#define NS_STREAM "http://etherx.jabber.org/streams"			  /* RFC 6120, 4.8.1 */
#define NS_STREAM_ERROR "urn:ietf:params:xml:ns:xmpp-streams"		  /* RFC 6120, 4.9.3 */
#define NS_STANZA_ERROR "urn:ietf:params:xml:ns:xmpp-stanzas"		  /* RFC 6120, 8.3.3 */
#define NS_XML "http://www.w3.org/XML/1998/namespace"			  /* xml:lang */
#define NS_CLIENT "jabber:client"					  /* RFC 6120, 4.8.2 */
#define NS_COMPONENT "jabber:component:accept"				  /* XEP-0114 */
#define NS_ROSTER "jabber:iq:roster"					  /* RFC 6121, 2 */
#define NS_LAST "jabber:iq:last"					  /* XEP-0012 */
#define NS_REGISTER "jabber:iq:register"				  /* XEP-0077 */
#define NS_SEARCH "jabber:iq:search"					  /* XEP-0055 */
#define NS_SERVERINFO "http://jabber.org/network/serverinfo"		  /* XEP-0128, XEP-0157 */
#define NS_DATA_POLICY "urn:xmpp:data-policy:0"				  /* XEP-0504 */
#define NS_ADMIN "http://jabber.org/protocol/admin"			  /* XEP-0133 */
#define NS_DATA "jabber:x:data"						  /* XEP-0004 */
#define NS_DATA_VALIDATE "http://jabber.org/protocol/xdata-validate"	  /* XEP-0122 */
#define NS_DISCO_INFO "http://jabber.org/protocol/disco#info"		  /* XEP-0030 */
#define NS_DISCO_ITEMS "http://jabber.org/protocol/disco#items"		  /* XEP-0030 */
#define NS_COMMANDS "http://jabber.org/protocol/commands"		  /* XEP-0050 */
#define NS_CAPS "http://jabber.org/protocol/caps"			  /* XEP-0115 */
#define NS_VCARD_TEMP "vcard-temp"					  /* XEP-0054 */
#define NS_RSM "http://jabber.org/protocol/rsm"				  /* XEP-0059 */
#define NS_PUBSUB "http://jabber.org/protocol/pubsub"			  /* XEP-0060 */
#define NS_PUBSUB_ERRORS "http://jabber.org/protocol/pubsub#errors"	  /* XEP-0060 */
#define NS_PUBSUB_EVENT "http://jabber.org/protocol/pubsub#event"	  /* XEP-0060 */
#define NS_PUBSUB_META_DATA "http://jabber.org/protocol/pubsub#meta-data" /* XEP-0060, 5.4 */
#define NS_PUBSUB_OWNER "http://jabber.org/protocol/pubsub#owner"	  /* XEP-0060 */
#define NS_PUBLISH_OPTIONS "http://jabber.org/protocol/pubsub#publish-options" /* XEP-0060, 7.1.5  \
										*/
#define NS_VALIDATE "http://jabber.org/protocol/xdata-validate"		       /* XEP-0122 */
#define NS_VERSION "jabber:iq:version"					       /* XEP-0092 */
#define NS_RECEIPTS "urn:xmpp:receipts"					       /* XEP-0184 */
#define NS_PING "urn:xmpp:ping"						       /* XEP-0199 */
#define NS_TIME "urn:xmpp:time"						       /* XEP-0202 */
#define NS_DELAY "urn:xmpp:delay"					       /* XEP-0203 */
#define NS_CARBONS "urn:xmpp:carbons:2"					       /* XEP-0280 */
#define NS_VCARD4 "urn:ietf:params:xml:ns:vcard-4.0"	/* RFC 6351, XEP-0292 */
#define NODE_PROFILE "urn:xmpp:vcard4"			/* XEP-0292 */
#define NODE_CONTACTS "urn:xmpp:contacts"		/* XEP-0292 */
#define NS_FORWARD "urn:xmpp:forward:0"			/* XEP-0297 */
#define NS_MAM "urn:xmpp:mam:2"				/* XEP-0313 */
#define NS_MAM_EXTENDED "urn:xmpp:mam:2#extended"	/* XEP-0313 */
#define NS_HINTS "urn:xmpp:hints"			/* XEP-0334 */
#define NS_DELEGATION_1 "urn:xmpp:delegation:1"		/* XEP-0355 */
#define NS_DELEGATION_2 "urn:xmpp:delegation:2"		/* XEP-0355 */
#define NS_PRIVILEGE_1 "urn:xmpp:privilege:1"		/* XEP-0356 */
#define NS_PRIVILEGE_2 "urn:xmpp:privilege:2"		/* XEP-0356 */
#define NS_SID "urn:xmpp:sid:0"				/* XEP-0359 */
#define NS_EME "urn:xmpp:eme:0"				/* XEP-0380 */
#define NS_FALLBACK "urn:xmpp:fallback:0"		/* XEP-0428 */
#define NS_REPLY "urn:xmpp:reply:0"			/* XEP-0461 */
#define NS_QUICK_RESPONSE "urn:xmpp:tmp:quick-response" /* XEP-0439 */

#endif
