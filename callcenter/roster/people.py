"""Who may be on duty, and how a word in a sheet becomes one of them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from typing import Final

from callcenter.roster.model import Person
from callcenter.sites import Agent
from callcenter.terms import AgentId, Phone

_NAME_AND_ID = re.compile(r"(.+)\((.+)\)")

_SURNAMES: Final = {
    "万俟": "mo qi", "尉迟": "yu chi", "长孙": "zhang sun", "单于": "chan yu", "乐": "yue", "仇": "qiu",
    "任": "ren", "区": "ou", "华": "hua", "单": "shan", "召": "shao", "员": "yun", "宁": "ning", "尹": "yin",
    "折": "she", "教": "jiao", "曲": "qu", "曾": "zeng", "朴": "piao", "查": "zha", "洗": "xian", "燕": "yan",
    "盖": "ge", "祭": "zhai", "种": "chong", "秘": "bi", "纪": "ji", "缪": "miao", "翟": "zhai", "葛": "ge",
    "覃": "qin", "解": "xie", "那": "na", "重": "chong", "隗": "wei", "黑": "he",
}  # fmt: skip
"""Characters that are read otherwise as a surname than in a word. The sort key can be set by hand too."""


class UnknownPerson(LookupError):
    """Nobody is known by that word. *near* are those it may have meant, as ``name (id)``."""

    def __init__(self, word: str, near: tuple[str, ...]) -> None:
        hint = f"did you mean {' or '.join(near)}?" if near else "write an id or a name from the people list"
        super().__init__(f'Nobody is known as "{word}": {hint}')
        self.word = word
        self.near = near


class AmbiguousPerson(LookupError):
    """Several people have that name. *ids* are theirs."""

    def __init__(self, word: str, ids: tuple[AgentId, ...]) -> None:
        super().__init__(f'Several people are called "{word}": write the id instead ({", ".join(ids)})')
        self.word = word
        self.ids = ids


class People:
    """Everybody who is or was known, immutable. Of two with one id the later is taken."""

    def __init__(self, persons: Iterable[Person]) -> None:
        self._by_id = {person.id: person for person in persons}
        self._ids: dict[str, list[AgentId]] = {}
        self._names: dict[str, list[AgentId]] = {}
        self._phones: dict[Phone, list[AgentId]] = {}
        for person in self._by_id.values():
            self._ids.setdefault(_key(person.id), []).append(person.id)
            self._names.setdefault(_key(person.name), []).append(person.id)
            for phone in dict.fromkeys(person.phones):
                self._phones.setdefault(phone, []).append(person.id)

    def __iter__(self) -> Iterator[Person]:
        """In order of pinyin."""
        return iter(sorted(self._by_id.values(), key=_order))

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, person: AgentId) -> Person | None:
        """The person with that very id."""
        return self._by_id.get(person)

    def find(self, word: str) -> Person:
        """Whom a word in a sheet means: an id, else the name of exactly one, or both as ``name (id)``.

        Full-width letters, spaces and case make no difference. Raises `UnknownPerson`, `AmbiguousPerson`.
        """
        exact = self._by_id.get(AgentId(word))
        if exact is not None:
            return exact
        key = _key(word)
        found = self._ids.get(key) or self._names.get(key) or self._both(key)
        if not found:
            raise UnknownPerson(word, self._near(key))
        if len(found) > 1:
            raise AmbiguousPerson(word, tuple(sorted(found)))
        return self._by_id[found[0]]

    def with_agents(self, agents: Iterable[Agent]) -> "People":
        """These people and the configured agents, whose names and phones stand above those known."""
        return People([*self._by_id.values(), *(self._configured(agent) for agent in agents)])

    def phone_owner(self, phone: Phone, on: date | None = None) -> AgentId | None:
        """Whose phone it is (on that local day); None if nobody's, or if several people share it."""
        owners = [
            owner
            for owner in self._phones.get(phone, [])
            if on is None or self._by_id[owner].active_on(on)
        ]  # fmt: skip
        return owners[0] if len(owners) == 1 else None

    def owners(self, on: date) -> dict[Phone, AgentId]:
        """Whose phones are whose on that local day; shared ones are nobody's."""
        found = ((phone, self.phone_owner(phone, on)) for phone in self._phones)
        return {phone: owner for phone, owner in found if owner is not None}

    def name(self, person: AgentId) -> str:
        """The person's name, or the id of somebody who is not known."""
        known = self._by_id.get(person)
        return known.name if known else person

    def _configured(self, agent: Agent) -> Person:
        known = self._by_id.get(agent.id)
        if known is None:
            return Person(id=agent.id, name=agent.name, sort_key=sort_key_of(agent.name), phones=agent.phones)
        same_name = known.name == agent.name and known.sort_key
        key = known.sort_key if same_name else sort_key_of(agent.name)
        return replace(known, name=agent.name, sort_key=key, phones=agent.phones)

    def _both(self, key: str) -> list[AgentId]:
        both = _NAME_AND_ID.fullmatch(key)
        if both is None:
            return []
        return [one for one in self._ids.get(both[2], []) if one in self._names.get(both[1], [])]

    def _near(self, key: str) -> tuple[str, ...]:
        """Who sounds the same, then who is written alike."""
        sound = sort_key_of(key)
        alike = [one for name, ids in self._names.items() if sort_key_of(name) == sound for one in ids]
        for match in get_close_matches(key, [*self._names, *self._ids], n=3, cutoff=0.5) if key else []:
            alike += self._names.get(match, []) + self._ids.get(match, [])
        return tuple(f"{self._by_id[one].name} ({one})" for one in list(dict.fromkeys(alike))[:3])


def _order(person: Person) -> tuple[str, AgentId]:
    return person.sort_key or sort_key_of(person.name), person.id


def sort_key_of(name: str) -> str:
    """Pinyin of a Chinese name, syllables apart; another name in lower case. Surnames are read as such."""
    plain = " ".join(unicodedata.normalize("NFKC", name).split()).casefold()
    if plain.isascii():
        return plain
    from pypinyin import lazy_pinyin  # its dictionary is big, and few need it

    surname = next((plain[:n] for n in (2, 1) if plain[:n] in _SURNAMES), "")
    rest = "".join(f" {part.strip()} " for part in lazy_pinyin(plain[len(surname) :]))
    return " ".join(f"{_SURNAMES.get(surname, '')} {rest}".split())


def _key(word: str) -> str:
    """What two writings of one word have in common. Sheets pad short names with spaces in the middle."""
    return "".join(unicodedata.normalize("NFKC", word).split()).casefold()
