"""A real name server on this machine, which knows the TXT records it was told of."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset


@contextmanager
def name_server(texts_by_name: dict[str, list[str]], *, rcode: dns.rcode.Rcode | None = None) -> Iterator[int]:
    """Answer over UDP; a text is written as in a zone, so `"a" "b"` is one record of two pieces.  Yields the port."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            asked, sender = listening.recvfrom(4096)
            if not asked:
                return
            listening.sendto(_answer(asked, texts_by_name, rcode), sender)

    thread = threading.Thread(target=serve)
    thread.start()
    port = listening.getsockname()[1]
    try:
        yield port
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", port))
        thread.join()
        listening.close()


def asking(port: int) -> dns.resolver.Resolver:
    """Return a resolver that asks the server at this port alone."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], port
    return resolver


def _answer(asked: bytes, texts_by_name: dict[str, list[str]], rcode: dns.rcode.Rcode | None) -> bytes:
    question = dns.message.from_wire(asked)
    answer = dns.message.make_response(question)
    (about,) = question.question
    name = about.name.to_text(omit_final_dot=True)
    if rcode is not None:
        answer.set_rcode(rcode)
    elif name not in texts_by_name:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    elif texts_by_name[name]:
        answer.answer.append(dns.rrset.from_text_list(about.name, 60, "IN", "TXT", texts_by_name[name]))
    return answer.to_wire()
