"""One sentence for each trouble: what is wrong, and what to do."""

import errno
import os
import socket
import ssl

import pytest

from callcenter.ami import tls, trouble
from callcenter.ami.received import Trouble
from callcenter.ami.settings import AmiSettings, TlsSettings
from callcenter.ami.trouble import LinkFailure

SETTINGS = AmiSettings(host="pbx.example.org", username="cc", secret="never-shown")


def error(number):
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("raised", "kind", "words"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), Trouble.REFUSED, "is Asterisk running"),
        (TimeoutError(), Trouble.UNREACHABLE, "firewall"),
        (error(errno.ETIMEDOUT), Trouble.UNREACHABLE, "firewall"),
        (error(errno.EHOSTUNREACH), Trouble.UNREACHABLE, "EHOSTUNREACH"),
        (error(errno.ENETUNREACH), Trouble.UNREACHABLE, "ENETUNREACH"),
        (error(errno.EMFILE), Trouble.UNREACHABLE, "EMFILE"),
        (UnicodeError("label too long"), Trouble.UNREACHABLE, "UnicodeError"),
        (socket.gaierror(socket.EAI_NONAME, "x"), Trouble.NAME, "can't be resolved"),
        (ConnectionResetError(), Trouble.CLOSED, "closed the connection"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] x"), Trouble.TLS, "tlsbindaddr"),
        (
            OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1'), [Errno 111] x"),
            Trouble.REFUSED,
            "is Asterisk running",
        ),
        (OSError("Multiple exceptions: [Errno 111] x, [Errno 113] y"), Trouble.UNREACHABLE, "EHOSTUNREACH"),
    ],
)
def test_each_error_of_the_network_is_one_sentence_with_the_address(raised, kind, words):
    failure = trouble.connecting(SETTINGS, raised)
    assert failure.kind is kind
    assert words in failure.reason
    assert "pbx.example.org" in failure.reason
    assert "\n" not in failure.reason
    assert "never-shown" not in failure.reason
    assert not failure.slow


def test_an_address_of_version_6_is_written_with_brackets():
    failure = trouble.connecting(AmiSettings(host="::1", username="u", secret="s"), TimeoutError())
    assert "[::1]:5038" in failure.reason


def test_only_a_refused_login_is_tried_again_slowly():
    refused = trouble.login_refused(SETTINGS, {"Response": "Error", "Message": "Authentication failed"})
    assert refused.slow
    assert "'cc'" in refused.reason
    assert "[cc]" in refused.reason
    assert not trouble.login_stalled(SETTINGS).slow


@pytest.mark.parametrize("content", [None, "no certificate at all"])
def test_a_ca_file_of_no_use_is_named(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(LinkFailure, match=r"ca\.pem is of no use") as caught:
        tls.context(TlsSettings(ca_file=path))
    assert caught.value.kind is Trouble.TLS


def test_certificates_are_verified_unless_the_operator_says_otherwise():
    assert tls.context(TlsSettings()).verify_mode is ssl.CERT_REQUIRED
    assert tls.context(TlsSettings()).check_hostname
    assert tls.context(TlsSettings(verify=False)).verify_mode is ssl.CERT_NONE
