"""Who is who on the tests' PBX: numbers, phones and the dialplan's promises, for tests and phones alike."""

from __future__ import annotations

PLAIN_PORT = 5038
TLS_PORT = 5039
SIP = ("127.0.0.1", 5060)
CARRIER = ("127.0.0.1", 5190)
"""Where the trunk leads: the tests' carrier, which places outside calls and takes outgoing ones."""

URGENT = -10
"""The niceness of the PBX and its phones: a phone's clock must not wait for the tests' work."""

TRUNK = "trunk"
MONITOR_DIR = "/var/spool/asterisk/monitor"
"""As the PBX sees it; the same folder lies elsewhere for the tests (``Pbx.monitor_dir``)."""

PHONES: dict[str, tuple[str, ...]] = {
    "4001": ("1011", "1012", "1013"),
    "4002": ("1021", "1022", "1023"),
    "4003": ("1031", "1032", "1033"),
    "4004": ("1041", "1042", "1043"),
    "4005": ("1051", "1052"),
    "4006": ("1061",),
    "4007": ("1071", "1072", "1073"),
    "4008": ("1081", "1082", "1083"),
    "4009": ("1091", "1092"),
    "4010": ("1101",),
    "4011": ("1111", "1112"),
    "4012": ("1121", "1122"),
    "4013": ("1131",),
    "4014": ("1141", "1142"),
    "4015": ("1151", "1152"),
    "4016": ("1161", "1162"),
    "4017": ("1171", "1172"),
    "4018": ("1181", "1182"),
    "4019": ("1191", "1192"),
    "4020": ("1201", "1202"),
    "4021": ("1211",),
    "4022": ("1221", "1222", "1223"),
    "4023": ("1231", "1232"),
    "4024": ("1241", "1242"),
    "4025": ("1251", "1251-web", "1252"),
    "4026": (),
    "4027": (),
    "4028": ("1281", "1282"),
    "4029": (),
}
"""The phones of each hotline. 4026, 4027 and 4029 ring those of 4025."""

ANNA = ("1251", "1251-web", "8613700137000")
"""One agent's desk phone, the one in her browser, and her mobile."""
DEVICES = {"1281 at home": "1281"}
"""Further devices that register as a phone: what they are called here, and as which."""

DUTY: dict[str, tuple[str, ...]] = {
    f"40{number}": (f"1{number}1", f"1{number}2", f"1{number}3") for number in range(31, 40)
}
"""Hotlines that go through the project's own dialplan library, and phones to write into AstDB for each.
4500 to 4699 go through it too and have no phones of their own."""

OFFICE = ("1901", "1902", "1903", "1904", "1905", "1906")
"""Phones that belong to no hotline: colleagues to transfer to."""

UNPLUGGED = frozenset({"1151", "1152", "1101"})
"""Known to the PBX and, unless a test plugs them in, not registered."""


SITE = ("1001", "1002", "1003", "1009")
"""The phones of the example in dialplans/, which are there when it runs."""

PHONES_CONF = "phones.conf"
"""Where the PBX is told of the phones; a configuration without it has none."""


def every_phone() -> tuple[str, ...]:
    """All phones that the PBX knows."""
    return (*(phone for phones in (*PHONES.values(), *DUTY.values()) for phone in phones), *OFFICE)


def password_of(phone: str) -> str:
    """What a phone registers with where it is asked."""
    return f"CHANGE-ME-{phone}"


def phones_conf() -> str:
    """The phones' part of pjsip.conf."""
    return "".join(
        f"[{phone}](phone)\naors = {phone}\ncallerid = <{phone}>\n[{phone}](registered)\n"
        + ("max_contacts = 2\n" if phone in DEVICES.values() else "")
        for phone in every_phone()
    )
