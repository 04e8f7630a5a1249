"""/api/v1/calls/{id}/timeline and …/versions: who sees what of a call's story and of its earlier tellings."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.terms import Direction
from callcenter.tracking.timeline import story_of, story_to_json
from tests.support import traces
from tests.support.factories import NOON, make_call
from tests.support.fakepast import FakeVersion

NUMBER = "4930200001"
TRACE = "05-ringgroup-answer-2nd-ring"


@pytest.fixture
def story(world):
    """A real story, of a call whose number is also in the name of its recording."""
    (call,) = traces.inbound(traces.follow(traces.events(TRACE)))
    told = story_of(traces.events(TRACE), traces.SITE, call.uniqueid)
    assert told is not None
    call = replace(told.call, caller=NUMBER)
    shown = story_to_json(told)
    del shown["call"]
    shown["entries"][1]["text"] = f"recorded as in-{NUMBER}.wav"
    shown["entries"][1]["about"] = {"path": f"in-{NUMBER}.wav"}
    world.store.calls = [call]
    world.past.told[call.call_id] = {**shown, "differs": []}
    return call


async def test_a_supervisor_reads_why_it_was_ring_two_and_the_lookup_is_recorded(
    client, bearer, world, story
):
    answer = await client.get(f"/api/v1/calls/{story.call_id}/timeline", headers=bearer("supervisor"))
    told = await answer.json()
    assert answer.status == 200
    assert told["call"]["caller"] == NUMBER
    assert "so that was ring 2" in told["verdict"][1]
    assert told["entries"][9]["text"] == "answered by 1002, in ring 2"
    assert told["entries"][9]["evidence"][0]["event"] == "BridgeEnter"
    assert [entry.act for entry in world.audit.entries] == ["calls.timeline"]


@pytest.mark.parametrize("role", ["agent", "qa"])
async def test_others_see_two_digits_of_the_number_wherever_it_stands(client, bearer, story, role):
    answer = await client.get(f"/api/v1/calls/{story.call_id}/timeline", headers=bearer(role))
    text = await answer.text()
    assert answer.status == 200
    assert NUMBER not in text
    assert json.loads(text)["entries"][1]["about"]["path"] == "in-…01.wav"
    assert json.loads(text)["call"]["caller"] == "…01"


@pytest.mark.parametrize("what", ["timeline", "versions"])
async def test_a_wallboard_sees_no_story(client, bearer, story, what):
    answer = await client.get(f"/api/v1/calls/{story.call_id}/{what}", headers=bearer("wallboard"))
    assert answer.status == 403
    assert NUMBER not in await answer.text()


async def test_the_number_that_an_outbound_call_dialled_is_hidden_too(client, bearer, world, story):
    dialled = "13912345678"
    call = replace(story, direction=Direction.OUTBOUND, hotline=None, dialled=dialled, caller="1001")
    world.store.calls = [call]
    told = world.past.told[call.call_id]
    told["entries"] = [{**told["entries"][0], "text": f"{dialled} was called by 1001"}]
    answer = await client.get(f"/api/v1/calls/{call.call_id}/timeline", headers=bearer("agent"))
    assert (await answer.json())["entries"][0]["text"] == "…78 was called by 1001"


async def test_without_evidence_it_says_why(client, bearer, world):
    world.store.calls = [make_call(1)]
    path = f"/api/v1/calls/{make_call(1).call_id}"
    answer = await client.get(f"{path}/timeline", headers=bearer("agent"))
    assert (answer.status, (await answer.json())["detail"]) == (
        404,
        "what main said then is not kept any more",
    )


@pytest.mark.parametrize("what", ["timeline", "versions"])
async def test_a_call_that_is_not_there_is_not_found(client, bearer, what):
    answer = await client.get(f"/api/v1/calls/main:1.1/{what}", headers=bearer("agent"))
    assert (answer.status, (await answer.json())["detail"]) == (404, "there is no such call")


async def test_what_was_told_before_a_call_was_judged_again(client, bearer, world):
    call = make_call(1, on_time=False, target_rings=1)
    world.store.calls = [call]
    before = replace(call, on_time=True, target_rings=3)
    at = NOON + timedelta(days=1)
    world.past.older[call.call_id] = [FakeVersion(1, at, "judged again: on_time", before)]
    answer = await client.get(f"/api/v1/calls/{call.call_id}/versions", headers=bearer("agent"))
    (item,) = (await answer.json())["items"]
    assert (item["version"], item["reason"]) == (1, "judged again: on_time")
    assert item["replaced_at"] == "2026-11-21T04:00:00.000000Z"
    assert (item["told"]["on_time"], item["told"]["target_rings"]) == (True, 3)
    assert item["told"]["caller"] == "…01"


async def test_a_call_that_was_never_judged_again_has_no_versions(client, bearer, world):
    world.store.calls = [make_call(1)]
    answer = await client.get(f"/api/v1/calls/{make_call(1).call_id}/versions", headers=bearer("qa"))
    assert await answer.json() == {"items": []}
