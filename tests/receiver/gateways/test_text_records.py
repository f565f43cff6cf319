"""TXT records come from real packets; whatever a name server does, the answer is texts or a sentence."""

import dns.rcode
import dns.resolver
import pytest

from receiver.domain.errors import FetchRefused
from receiver.gateways.text_records import SystemTextRecords
from tests.fakes.name_server import asking, name_server

NAME = "_flattr.blog.example"


@pytest.mark.parametrize(
    ("records", "texts"),
    [
        ({NAME: ['"one"', '"two words"']}, ["one", "two words"]),
        ({NAME: ['"a long text " "in two pieces"']}, ["a long text in two pieces"]),
        ({NAME: ['"G\\228rung"']}, ["G�rung"]),
        ({NAME: []}, []),
        ({}, []),
    ],
    ids=["two", "pieces", "no-utf-8", "no-text", "no-name"],
)
def test_the_texts_of_a_name_are_read(records, texts):
    with name_server(records) as port:
        assert sorted(SystemTextRecords(lambda: asking(port)).texts_of(NAME)) == texts


def test_a_name_server_that_fails_is_told(tmp_path):
    with (
        name_server({}, rcode=dns.rcode.SERVFAIL) as port,
        pytest.raises(FetchRefused, match=r"cannot tell of _flattr\.blog\.example"),
    ):
        SystemTextRecords(lambda: asking(port)).texts_of(NAME)


def test_a_name_that_is_none_is_told():
    with name_server({}) as port, pytest.raises(FetchRefused, match="cannot tell of"):
        SystemTextRecords(lambda: asking(port)).texts_of(f"{'x' * 64}.example")


def test_a_silent_name_server_is_not_waited_for(monkeypatch):
    def keep_silent(*_args: object, **_kwargs: object) -> None:
        raise dns.resolver.LifetimeTimeout(timeout=6.0, errors=[])

    monkeypatch.setattr(dns.resolver.Resolver, "resolve", keep_silent)

    with pytest.raises(FetchRefused, match="keep silent about"):
        SystemTextRecords(lambda: asking(9)).texts_of(NAME)


def test_a_machine_without_name_servers_says_what_to_set():
    def without() -> dns.resolver.Resolver:
        return dns.resolver.Resolver("/no/such/file")

    with pytest.raises(FetchRefused, match=r"/etc/resolv\.conf"):
        SystemTextRecords(without).texts_of(NAME)
