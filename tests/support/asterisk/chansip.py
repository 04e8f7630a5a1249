"""The same PBX with chan_sip in place of PJSIP, as sites had it up to Asterisk 20: names begin with ``SIP/``.

The trunk's name has dashes in it here, as many sites' have: ``SIP/carrier-to-east-0000002a``.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.asterisk import layout

TRUNK = "carrier-to-east"
_OWN = re.compile(r"load = (res_pjsip|chan_pjsip)")
_GENERAL = f"""[general]
context = nowhere
udpbindaddr = 127.0.0.1:5060
allowguest = no
match_auth_username = no
alwaysauthreject = no
qualify = no
disallow = all
allow = ulaw
directmedia = no
dtmfmode = info
sendrpid = pai
trustrpid = yes
maxexpiry = 86400
callcounter = yes
useragent = tests

[{TRUNK}]
type = peer
host = {layout.CARRIER[0]}
port = {layout.CARRIER[1]}
insecure = port,invite
context = from-trunk

[phone](!)
type = friend
host = dynamic
insecure = port,invite
context = from-phones
allowtransfer = yes
namedcallgroup = hotline
namedpickupgroup = hotline
busylevel = 2
"""


def speak(etc: Path) -> None:
    """Makes the configuration in *etc* one for chan_sip."""
    for name in ("extensions.conf", "queues.conf"):
        text = (etc / name).read_text()
        text = text.replace(f"@{layout.TRUNK}", f"@{TRUNK}").replace("PJSIP/", "SIP/")
        (etc / name).write_text(text)
    modules = (etc / "modules.conf").read_text().splitlines()
    kept = [line for line in modules if not _OWN.match(line)]
    (etc / "modules.conf").write_text("\n".join([*kept, "load = chan_sip.so", ""]))
    (etc / "sip.conf").write_text(_GENERAL + "".join(_phone(phone) for phone in layout.every_phone()))
    (etc / "sip_notify.conf").touch()


def _phone(phone: str) -> str:
    return f"[{phone}](phone)\ncallerid = <{phone}>\n"
