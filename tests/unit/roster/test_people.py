"""Whom a word in a sheet means."""

from datetime import date
from typing import Any

import pytest

from callcenter.roster.model import Person
from callcenter.roster.people import AmbiguousPerson, People, UnknownPerson, sort_key_of
from callcenter.sites import Agent
from callcenter.terms import AgentId, Phone, Role


def person(who: str, name: str, **changes: Any) -> Person:
    return Person(id=AgentId(who), name=name, **changes)


ZHANG = person("1001", "张伟", phones=(Phone("1001"), Phone("13900000001")))
LI = person("1002", "李娜", phones=(Phone("1002"),))
FANG = person("1003", "王芳")
OTHER_FANG = person("1004", "王芳")
ANNA = person("ann", "Anna Li")
PEOPLE = People([ZHANG, LI, FANG, OTHER_FANG, ANNA])


@pytest.mark.parametrize(
    "word", ["1001", "１００１", " 1001 ", "张伟", "张　伟", "张 伟", "张伟(1001)", "张伟（1001）"]
)
def test_an_id_or_a_name_finds_the_person_however_it_is_typed(word):
    assert PEOPLE.find(word) == ZHANG


@pytest.mark.parametrize("word", ["anna li", "ANNA  LI", "Ａｎｎａ Li", "Ann"])
def test_case_and_width_make_no_difference(word):
    assert PEOPLE.find(word) == ANNA


def test_two_people_of_one_name_are_told_apart_by_their_ids():
    with pytest.raises(AmbiguousPerson, match=r"write the id instead \(1003, 1004\)") as told:
        PEOPLE.find("王芳")
    assert told.value.ids == ("1003", "1004")
    assert PEOPLE.find("王芳 (1004)") == OTHER_FANG


def test_somebody_unknown_is_told_with_those_who_may_be_meant():
    with pytest.raises(
        UnknownPerson, match=r'Nobody is known as "张玮": did you mean 张伟 \(1001\)\?'
    ) as told:
        PEOPLE.find("张玮")
    assert told.value.near == ("张伟 (1001)",)


@pytest.mark.parametrize("word", ["", "  ", "赵云", "王芳(1001)"])
def test_nobody_is_guessed(word):
    with pytest.raises(UnknownPerson):
        PEOPLE.find(word)


def test_an_id_goes_before_a_name():
    odd = person("2000", "1001")

    assert People([ZHANG, odd]).find("1001") == ZHANG


def test_configured_agents_are_people_and_their_name_and_phones_stand_above():
    known = person(
        "1002", "李娜", sort_key="li na", roles=(Role.AGENT, Role.SUPERVISOR), active_until=date(2027, 1, 1)
    )
    agents = [
        Agent(id=AgentId("1002"), name="李娜娜", phones=(Phone("1012"),)),
        Agent(id=AgentId("1009"), name="曾明", phones=(Phone("1009"),)),
    ]
    people = People([ZHANG, known]).with_agents(agents)

    changed = people.find("1002")
    assert (changed.name, changed.sort_key, changed.phones) == ("李娜娜", "li na na", ("1012",))
    assert changed.roles == (Role.AGENT, Role.SUPERVISOR)
    assert changed.active_until == date(2027, 1, 1)
    assert people.find("曾明").roles == (Role.AGENT,)
    assert people.find("张伟") == ZHANG


def test_a_sort_key_set_by_hand_stays_while_the_name_does():
    known = person("1005", "重阳", sort_key="zhong yang")
    agent = Agent(id=AgentId("1005"), name="重阳", phones=())

    assert People([known]).with_agents([agent]).find("1005").sort_key == "zhong yang"


def test_a_phone_tells_its_owner():
    assert PEOPLE.phone_owner(Phone("13900000001")) == "1001"
    assert PEOPLE.phone_owner(Phone("1008")) is None


def test_a_phone_that_two_share_is_nobodys_in_particular():
    shared = People([ZHANG, person("1005", "赵云", phones=(Phone("1001"),))])

    assert shared.phone_owner(Phone("1001")) is None


def test_an_extension_that_was_passed_on_is_of_whoever_works_here_on_that_day():
    left = person("1005", "赵云", phones=(Phone("1005"),), active_until=date(2026, 6, 30))
    came = person("1006", "马超", phones=(Phone("1005"),), active_from=date(2026, 7, 1))
    people = People([left, came])

    assert people.phone_owner(Phone("1005"), date(2026, 6, 30)) == "1005"
    assert people.phone_owner(Phone("1005"), date(2026, 7, 1)) == "1006"


def test_all_phones_of_a_day_at_once():
    left = person("1005", "赵云", phones=(Phone("1005"),), active_until=date(2026, 6, 30))
    sharing = person("1006", "马超", phones=(Phone("1001"),))

    assert People([ZHANG, LI, left, sharing]).owners(date(2026, 7, 1)) == {
        "13900000001": "1001",
        "1002": "1002",
    }


def test_people_come_in_order_of_pinyin_surnames_read_as_surnames():
    names = ["张伟", "曾明", "单雄", "Bob", "李娜", "尉迟恭"]
    people = People([person(str(n), name) for n, name in enumerate(names)])

    assert len(people) == len(names)
    assert [one.name for one in people] == ["Bob", "李娜", "单雄", "尉迟恭", "曾明", "张伟"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("曾小贤", "zeng xiao xian"),
        ("单雄信", "shan xiong xin"),
        ("任 盈盈", "ren ying ying"),
        ("Anna  Li", "anna li"),
    ],
)
def test_sort_keys_are_pinyin_in_syllables(name, key):
    assert sort_key_of(name) == key


def test_who_is_not_known_has_the_id_for_a_name():
    assert (PEOPLE.name(AgentId("1001")), PEOPLE.name(AgentId("77"))) == ("张伟", "77")
