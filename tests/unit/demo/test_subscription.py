"""What one session of the played PBX is sent: classes and filters as Asterisk understands them."""

import pytest

from callcenter.demo.peer import encode
from callcenter.demo.player import _Session
from callcenter.demo.subscription import Subscription


def event(name, kind="call", **more):
    return encode({"Event": name, "Privilege": f"{kind},all", **more})


def subscribed(events="on", *filters):
    made = Subscription()
    made.mask(events)
    for criteria, value in filters:
        assert made.add_filter(criteria, value)
    return made


def test_before_a_login_nothing_is_sent():
    assert not Subscription().wants(event("Newchannel"))


@pytest.mark.parametrize("mask", ["on", "ON", "all", "call", "system, call", "-1"])
def test_a_class_that_is_asked_for_is_sent(mask):
    assert subscribed(mask).wants(event("Newchannel"))


@pytest.mark.parametrize("mask", ["off", "", "0", "agent", "system,user"])
def test_a_class_that_is_not_asked_for_is_not_sent(mask):
    assert not subscribed(mask).wants(event("Newchannel"))


@pytest.mark.parametrize(
    ("criteria", "value", "passes"),
    [
        ("action(include),name(VarSet)", "", True),
        ("name(VarSet)", "", True),
        ("action(include),name(VarSe)", "", False),
        ("action(exclude),name(VarSet)", "", False),
        ("action(include),name(VarSet),header(Variable),method(exact)", "CC_HOTLINE", True),
        ("action(include),name(VarSet),header(Variable),method(exact)", "CC_", False),
        ("action(include),header(Variable),method(starts_with)", "CC_", True),
        ("action(include),header(Variable),method(ends_with)", "LINE", True),
        ("action(include),header(Variable),method(contains)", "_HOT", True),
        ("action(include),header(Variable),method(regex)", "^CC_.*", True),
        ("action(include),header(Nothing),method(regex)", ".*", False),
        ("action(include)", "Value: 4001", True),
        ("", "Event: VarSet.*Variable: CC_", True),
        ("", "!Event: VarSet", False),
    ],
)
def test_filters(criteria, value, passes):
    message = event("VarSet", Variable="CC_HOTLINE", Value="4001")
    assert subscribed("on", (criteria, value)).wants(message) is passes


def test_one_of_several_includes_is_enough_and_an_exclude_beats_them():
    both = [("name(Hangup)", ""), ("name(VarSet)", "")]
    assert subscribed("on", *both).wants(event("VarSet"))
    assert not subscribed("on", *both, ("action(exclude),name(VarSet)", "")).wants(event("VarSet"))


@pytest.mark.parametrize(("criteria", "value"), [("", "("), ("nonsense", "x"), ("colour(red)", "x")])
def test_a_filter_that_is_none_is_refused(criteria, value):
    assert not Subscription().add_filter(criteria, value)


class DeafPeer:
    """A client that takes nothing."""

    def __init__(self, unsent):
        self.unsent = unsent
        self.sent = []
        self.aborted = False

    def send(self, data):
        self.sent.append(data)

    def abort(self):
        self.aborted = True


@pytest.mark.parametrize(("unsent", "cut"), [(0, False), (5 << 20, True)])
def test_a_client_that_does_not_read_is_cut_off(unsent, cut):
    peer = DeafPeer(unsent)
    session = _Session(peer, None)
    session._in = True
    session._subscription.mask("on")
    session.tell(event("Newchannel"))
    assert peer.aborted is cut
    assert bool(peer.sent) is not cut
