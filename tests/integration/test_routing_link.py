"""A link to a PBX for one errand: it works, or says in one sentence why it does not."""

from __future__ import annotations

import socket

import pytest
from pydantic import SecretStr

from callcenter.ami.protocol import NotConnectedError
from callcenter.app.routing import link
from callcenter.config import PbxTable
from callcenter.demo.peer import GREETING, Peer
from tests.support.fakepbx import FakePbx, idle, silence


def table(port: int) -> PbxTable:
    return PbxTable(name="main", host="127.0.0.1", port=port, username="cc", secret=SecretStr("hush-hush"))


async def refusing(peer: Peer) -> None:
    peer.send(GREETING)
    while (action := await peer.read_action()) is not None:
        if action["action"].lower() == "challenge":
            peer.answer(action, Challenge="123456789")
        else:
            peer.answer(action, "Error", Message="Authentication failed")


async def test_what_is_asked_is_answered_and_the_link_is_gone_again():
    async with FakePbx(idle) as pbx:
        async with link.linked(table(pbx.port)) as client:
            (answer,) = await client.action({"Action": "DBPut"})
        assert answer["Response"] == "Success"
        assert not client.connected


async def test_a_refused_secret_is_told_without_it():
    async with FakePbx(refusing) as pbx:
        with pytest.raises(NotConnectedError, match="refuse") as told:
            async with link.linked(table(pbx.port)):
                pass

    assert "hush-hush" not in str(told.value)


async def test_nobody_there_is_told_at_once():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(NotConnectedError, match=f"127.0.0.1:{port}"):
        async with link.linked(table(port)):
            pass


async def test_a_pbx_that_says_nothing_is_told_after_a_while(monkeypatch):
    monkeypatch.setattr(link, "LOGIN", 0.2)
    async with FakePbx(silence) as pbx:
        with pytest.raises(NotConnectedError, match="did not answer"):
            async with link.linked(table(pbx.port)):
                pass
