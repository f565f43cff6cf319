"""Ask the name servers of this machine for TXT records (RFC 1035, section 3.3.14)."""

from collections.abc import Callable
from typing import Final, Protocol

import dns.exception
import dns.resolver

from receiver.domain.errors import FetchRefused

TOTAL_S: Final = 6.0
RECORDS_MAX: Final = 50


class TextRecords(Protocol):
    def texts_of(self, name: str) -> list[str]:
        """Return what the TXT records of a name say, nothing if there are none, or raise FetchRefused."""


class SystemTextRecords:
    """Asks the name servers that this machine is set to; a long text comes in pieces, which belong together."""

    def __init__(self, resolver: Callable[[], dns.resolver.Resolver] = dns.resolver.Resolver) -> None:
        self._resolver = resolver  # made anew for each question: the settings of the machine may have changed

    def texts_of(self, name: str) -> list[str]:
        try:
            answer = self._resolver().resolve(f"{name}.", "TXT", lifetime=TOTAL_S)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.resolver.NoResolverConfiguration, OSError):
            raise FetchRefused("this machine knows no name server; the operator sets one in /etc/resolv.conf") from None
        except dns.exception.Timeout:
            raise FetchRefused(
                "the name servers keep silent about %(name)s; try again in a minute", name=name
            ) from None
        except dns.exception.DNSException as error:
            raise FetchRefused(
                "the name servers cannot tell of %(name)s (%(fault)s); try again in a minute",
                name=name, fault=type(error).__name__,
            ) from None  # fmt: skip
        return [b"".join(record.strings).decode(errors="replace") for record in answer][:RECORDS_MAX]
