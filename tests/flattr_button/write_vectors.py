"""Write docs/token-vectors.json with the standard library alone.

A second implementation of the format, which imports nothing of ours: if it and flattr_button agree, the format is
what docs/token.md says.  `python tests/flattr_button/write_vectors.py` writes the file; a test holds it up to date.
"""

import hashlib
import hmac
import json
import sys
import zlib
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[2] / "docs" / "token-vectors.json"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

CARLA, CEM, RECEIVER = "carlablog2", "cemsnotes3", "https://flattr.example/"
BLOG = "https://carla.example/blog/"
URL = "https://carla.example/blog/bees/"
CLAIM: dict[str, Any] = {"v": 1, "s": CARLA, "g": 2, "u": URL, "t": "How to keep bees"}
FULL_CLAIM: dict[str, Any] = CLAIM | {
    "l": "en", "c": "Garden", "k": ["bees", "honey"], "h": True, "i": "2026-bees", "m": 1763596800,
    "o": BLOG + "bienen/",
}  # fmt: skip


def secret_of(name: str) -> str:
    return hashlib.sha256(f"a test vector, never a real key: {name}".encode()).hexdigest()


SITES = [
    {"site": CARLA, "generation": 1, "secret": secret_of("carla 1"), "scope": BLOG, "retired": "2026-06-30"},
    {"site": CARLA, "generation": 2, "secret": secret_of("carla 2"), "scope": BLOG, "retired": None},
    {"site": CEM, "generation": 1, "secret": secret_of("cem 1"), "scope": "https://cem.example/", "retired": None},
]
SECRET = secret_of("carla 2")


def b64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def compact(claim: Any) -> str:
    return json.dumps(claim, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def token_of(claim: Any, *, secret: str = SECRET, digest: str = "sha256") -> str:
    """Sign a claim, or any text in its place."""
    text = claim if isinstance(claim, str | bytes) else compact(claim)
    payload = b64url(text.encode() if isinstance(text, str) else text)
    return f"{payload}.{b64url(hmac.digest(secret.encode(), payload.encode(), digest))}"


def without(claim: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claim.items() if key != name}


def next_in_alphabet(token: str, position: int) -> str:
    """Change one character in its lowest bit, which at the end of a part is mostly an unused one."""
    position %= len(token)
    return token[:position] + ALPHABET[ALPHABET.index(token[position]) ^ 1] + token[position + 1 :]


def compressed(claim: dict[str, Any]) -> str:
    payload = "." + b64url(zlib.compress(compact(claim).encode()))
    return f"{payload}.{b64url(hmac.digest(SECRET.encode(), payload.encode(), 'sha256'))}"


def good_tokens() -> list[dict[str, Any]]:
    claims = {
        "the least a claim has": CLAIM,
        "all fields": FULL_CLAIM,
        "umlauts": CLAIM | {"t": "Über Bücher & Bäume", "l": "de-AT"},
        "Chinese, with an escaped address": CLAIM
        | {"t": "蜜蜂的养殖", "u": BLOG + "%E8%9C%9C%E8%9C%82/", "l": "zh-Hans"},
        "Japanese": CLAIM | {"t": "ミツバチの飼い方", "l": "ja"},
        "right to left": CLAIM | {"t": "كيف تربي النحل", "l": "ar"},
        "emoji joined by U+200D": CLAIM | {"t": "Family 👩‍👩‍👧 and bees 🐝"},
        "quotes, backslash, markup": CLAIM | {"t": "\"Bees\" \\ <b>'honey'</b> & more"},
        "longest title": CLAIM | {"t": "蜂" * 200},
        "longest tags": CLAIM | {"k": [f"{number}" + "x" * 39 for number in range(10)]},
        "an address with query and port": CLAIM
        | {"s": CEM, "g": 1, "u": "https://cem.example/?page=3&lang=en", "i": "guid: 3"},
        "changed at the epoch": CLAIM | {"m": 0},
        "changed at the last second that JSON keeps": CLAIM | {"m": 2**53 - 1},
    }
    secrets = {CARLA: SECRET, CEM: secret_of("cem 1")}
    return [
        {"name": name, "claim": claim, "token": token_of(claim, secret=secrets[claim["s"]])}
        for name, claim in claims.items()
    ]


def foreign_tokens() -> list[dict[str, Any]]:
    """Tokens as other producers write them: the same claims, other bytes."""
    umlauts = CLAIM | {"t": "Über Bücher & Bäume"}
    texts = {
        "PHP escapes slashes and what is not ASCII": (umlauts, json.dumps(umlauts).replace("/", "\\/")),
        "Hugo escapes & < >": (umlauts, compact(umlauts).replace("&", "\\u0026")),
        "spaces and another order": (FULL_CLAIM, json.dumps(dict(reversed(FULL_CLAIM.items())), indent=2)),
        "empty list and false written out": (CLAIM, compact(CLAIM | {"k": [], "h": False})),
    }
    return [{"name": name, "claim": claim, "token": token_of(text)} for name, (claim, text) in texts.items()]


def malformed_texts() -> dict[str, str]:
    good = token_of(CLAIM)
    payload, _, signature = good.partition(".")
    assert len(payload) % 4, "choose a claim whose payload has unused bits"
    standard = token_of(CLAIM | {"t": "?>?>?>~~~"}).replace("-", "+").replace("_", "/")
    return {
        "empty": "",
        "one dot": ".",
        "no signature": payload,
        "signature cut by one": good[:-1],
        "signature longer by one": good + "A",
        "payload missing": "." + signature,
        "three parts": good + "." + signature,
        "line feed at the end": good + "\n",
        "space in front": " " + good,
        "padding after the signature": good + "=",
        "padding after the payload": f"{payload}=.{signature}",
        "alphabet of plain base64": standard,
        "full-width digits": good.replace("1", "１"),
        "compressed, signed with the right key": compressed(CLAIM),
        "unused bits of the signature set": next_in_alphabet(good, -1),
        "unused bits of the payload set": next_in_alphabet(payload, -1) + "." + signature,
        "payload of impossible length": "A" + "AAAA" * 10 + "." + signature,
    }


def malformed_claims() -> dict[str, Any]:
    """Each signed with the right key: what the shape alone must refuse, before any site is looked up."""
    return {
        "not UTF-8": b'{"v":1,"t":"\xff"}',
        "not JSON": "bees",
        "empty payload of JSON": "null",
        "a list": [CLAIM],
        "a text": '"bees"',
        "a list a thousand deep": "[" * 1400 + "]" * 1400,
        "an object inside": CLAIM | {"t": {"en": "Bees"}},
        "a name twice": compact(CLAIM)[:-1] + ',"u":"https://cem.example/"}',
        "an unknown name": CLAIM | {"payee": "cem"},
        "a name in capitals": without(CLAIM, "t") | {"T": "Bees"},
        "no version": without(CLAIM, "v"),
        "no site": without(CLAIM, "s"),
        "no generation": without(CLAIM, "g"),
        "no address": without(CLAIM, "u"),
        "no title": without(CLAIM, "t"),
        "version 2": CLAIM | {"v": 2},
        "version true": CLAIM | {"v": True},
        "version as text": CLAIM | {"v": "1"},
        "generation as text": CLAIM | {"g": "2"},
        "generation 0": CLAIM | {"g": 0},
        "generation 10000": CLAIM | {"g": 10_000},
        "generation as fraction": compact(CLAIM).replace('"g":2', '"g":2.0'),
        "generation with exponent": compact(CLAIM).replace('"g":2', '"g":2e0'),
        "generation not a number": compact(CLAIM).replace('"g":2', '"g":NaN'),
        "generation of 2500 digits": compact(CLAIM).replace('"g":2', '"g":' + "2" * 2500),
        "site id in capitals": CLAIM | {"s": CARLA.upper()},
        "site id too long": CLAIM | {"s": CARLA + "a"},
        "site id half a character": compact(CLAIM).replace(CARLA, "\\ud800" + CARLA[1:]),
        "title null": CLAIM | {"t": None},
        "tags as text": CLAIM | {"k": "bees"},
        "a tag that is a number": CLAIM | {"k": ["bees", 1]},
        "hidden as number": CLAIM | {"h": 1},
        "changed as text": CLAIM | {"m": "1763596800"},
        "changed true": CLAIM | {"m": True},
        "original as list": CLAIM | {"o": [URL]},
    }


def claims_out_of_bounds() -> dict[str, Any]:
    """Each of the right shape and signed with the right key, but a field holds what it must not."""
    return {
        "address with a fragment": CLAIM | {"u": URL + "#top"},
        "address in capitals": CLAIM | {"u": "https://CARLA.example/blog/bees/"},
        "address with the default port": CLAIM | {"u": "https://carla.example:443/blog/bees/"},
        "address with dot segments": CLAIM | {"u": "https://carla.example/blog/../blog/bees/"},
        "address not escaped": CLAIM | {"u": BLOG + "bücher/"},
        "address with user name": CLAIM | {"u": "https://carla.example@cem.example/blog/"},
        "address with backslash": CLAIM | {"u": "https://cem.example\\@carla.example/blog/"},
        "address that is a script": CLAIM | {"u": "javascript:alert(1)//"},
        "address without scheme": CLAIM | {"u": "//carla.example/blog/bees/"},
        "address leaving the scope behind an escaped slash": CLAIM | {"u": BLOG + "..%2Fcem/"},
        "address of 1025 bytes": CLAIM | {"u": BLOG + "b" * (1025 - len(BLOG))},
        "address with half a character": compact(CLAIM).replace("bees/", "\\ud83d/"),
        "original that is the page itself": CLAIM | {"o": URL},
        "original not canonical": CLAIM | {"o": BLOG + "bienen/#top"},
        "original without scheme": CLAIM | {"o": "/blog/bienen/"},
        "title empty": CLAIM | {"t": ""},
        "title that shows nothing": CLAIM | {"t": "\u200d"},
        "title of 201 characters": CLAIM | {"t": "b" * 201},
        "title not trimmed": CLAIM | {"t": " Bees"},
        "title with a line feed": CLAIM | {"t": "Bees\nand honey"},
        "title turned around (U+202E)": CLAIM | {"t": "Bees \u202eyenoh"},
        "title with a zero-width space": CLAIM | {"t": "Be\u200bes"},
        "title with half a character": compact(CLAIM).replace("How", "\\ud83d"),
        "title decomposed (not NFC)": CLAIM | {"t": "Bu\u0308cher"},
        "language in words": CLAIM | {"l": "english please"},
        "language empty": CLAIM | {"l": ""},
        "category empty": CLAIM | {"c": ""},
        "category of 41 characters": CLAIM | {"c": "c" * 41},
        "eleven tags": CLAIM | {"k": [f"tag {number}" for number in range(11)]},
        "a tag of 41 characters": CLAIM | {"k": ["k" * 41]},
        "id empty": CLAIM | {"i": ""},
        "id of 129 characters": CLAIM | {"i": "i" * 129},
        "changed before 1970": CLAIM | {"m": -1},
        "changed later than JSON keeps": CLAIM | {"m": 2**53},
        "changed in 2500 digits": compact(CLAIM | {"m": 7}).replace('"m":7', '"m":' + "7" * 2500),
    }


def refused_tokens() -> dict[str, tuple[str, str]]:
    """Refused for what they are, not for their shape: (error, token) by name."""
    good, cems = token_of(CLAIM), token_of(CLAIM, secret=secret_of("cem 1"))
    payload, _, signature = good.partition(".")
    other_payload = token_of(CLAIM | {"t": "How to keep wasps"}).partition(".")[0]
    return {
        "4001 characters": ("TokenTooLong", "A" * 4001),
        "4001 characters that begin well": ("TokenTooLong", (payload * 40)[: 4001 - 44] + "." + signature),
        "site of nobody": ("UnknownSite", token_of(CLAIM | {"s": "nobody2345"})),
        "generation not made yet": ("UnknownSite", token_of(CLAIM | {"g": 3})),
        "retired key": ("RetiredKey", token_of(CLAIM | {"g": 1}, secret=secret_of("carla 1"))),
        "key of another site": ("ForgedToken", cems),
        "key of another generation": ("ForgedToken", token_of(CLAIM, secret=secret_of("carla 1"))),
        "empty key": ("ForgedToken", token_of(CLAIM, secret="")),
        "key as bytes of its hexadecimal digits": ("ForgedToken", token_of_binary_key(CLAIM)),
        "signature of another claim": ("ForgedToken", f"{other_payload}.{signature}"),
        "signature of zeros": ("ForgedToken", f"{payload}.{'A' * 43}"),
        "one bit of the signature": ("ForgedToken", next_in_alphabet(good, -2)),
        "SHA-512 cut to 32 bytes": ("ForgedToken", token_of_cut_digest(CLAIM)),
        "another host": ("OutsideScope", token_of(CLAIM | {"u": "https://cem.example/bees/"})),
        "another path of the host": ("OutsideScope", token_of(CLAIM | {"u": "https://carla.example/bees/"})),
        "a path that begins alike": ("OutsideScope", token_of(CLAIM | {"u": "https://carla.example/blog2/bees/"})),
        "a host that begins alike": (
            "OutsideScope",
            token_of(CLAIM | {"u": "https://carla.example.evil.example/blog/"}),
        ),
        "another scheme": ("OutsideScope", token_of(CLAIM | {"u": "http://carla.example/blog/bees/"})),
        "another port": ("OutsideScope", token_of(CLAIM | {"u": "https://carla.example:8443/blog/bees/"})),
        "a subdomain": ("OutsideScope", token_of(CLAIM | {"u": "https://www.carla.example/blog/bees/"})),
    }


def token_of_binary_key(claim: dict[str, Any]) -> str:
    payload = b64url(compact(claim).encode())
    return f"{payload}.{b64url(hmac.digest(bytes.fromhex(SECRET), payload.encode(), 'sha256'))}"


def token_of_cut_digest(claim: dict[str, Any]) -> str:
    payload = b64url(compact(claim).encode())
    return f"{payload}.{b64url(hmac.digest(SECRET.encode(), payload.encode(), 'sha512')[:32])}"


def bad_tokens() -> list[dict[str, str]]:
    malformed = malformed_texts() | {
        name: token_of(claim) for name, claim in (malformed_claims() | claims_out_of_bounds()).items()
    }
    rows = [{"name": name, "token": token, "error": "MalformedToken"} for name, token in malformed.items()]
    return rows + [{"name": name, "token": token, "error": error} for name, (error, token) in refused_tokens().items()]


URLS = {
    "https://carla.example": "https://carla.example/",
    "HTTPS://Carla.Example:443/Blog/": "https://carla.example/Blog/",
    "http://carla.example:80/": "http://carla.example/",
    "http://carla.example:443/": "http://carla.example:443/",
    "https://carla.example:008443/": "https://carla.example:8443/",
    "https://carla.example:/": "https://carla.example/",
    "https://carla.example/blog": "https://carla.example/blog",
    "https://carla.example//a//b/": "https://carla.example//a//b/",
    "https://carla.example/a/./b/../c/%2e%2E/d": "https://carla.example/a/d",
    "https://carla.example/../../a/..": "https://carla.example/",
    "https://carla.example/%7ecarla/%c3%bc": "https://carla.example/~carla/%C3%BC",
    "https://carla.example/ü/中/🐝": "https://carla.example/%C3%BC/%E4%B8%AD/%F0%9F%90%9D",
    "https://carla.example/100%/%zz": "https://carla.example/100%25/%25zz",
    "https://carla.example/a%2Fb": "https://carla.example/a%2Fb",
    "https://carla.example/'\"<>[]^`{|}": "https://carla.example/'%22%3C%3E%5B%5D%5E%60%7B%7C%7D",
    "https://carla.example/?q='a'&b=?/": "https://carla.example/?q=%27a%27&b=?/",
    "https://carla.example/?": "https://carla.example/",
    "https://carla.example/?b=2&a=1#top": "https://carla.example/?b=2&a=1",
    "https://carla.example/?utm_source=x&id=7&UTM_medium=y&fbclid=z&gclid=1&ref=hn": "https://carla.example/?id=7",
    "https://carla.example/?%75tm_source=x": "https://carla.example/",
    "https://carla.example/?reference=1": "https://carla.example/?reference=1",
    "https://bücher.example/": "https://xn--bcher-kva.example/",
    "https://XN--Bcher-KVA.example/": "https://xn--bcher-kva.example/",
    "https://xn--fa-hia.example/": "https://xn--fa-hia.example/",
    "https://例え.テスト/": "https://xn--r8jz45g.xn--zckzah/",
    "https://مثال.إختبار/": "https://xn--mgbh0fb.xn--kgbechtv/",
    "https://i❤.example/": "https://xn--i-7iq.example/",
    "http://127.0.0.1:8000/": "http://127.0.0.1:8000/",
    "http://localhost/": "http://localhost/",
    "https://under_score.example/": "https://under_score.example/",
}
BAD_URLS = {
    "": "not absolute",
    "carla.example": "not absolute",
    "/blog/": "not absolute",
    "//carla.example/": "no scheme",
    "ftp://carla.example/": "another scheme",
    "javascript:alert(1)": "another scheme",
    "data:text/html,bees": "another scheme",
    "https:/carla.example/": "one slash",
    "https:carla.example": "no slash",
    "https:///carla.example/": "no host",
    "http\u017f://carla.example/": "long s, which ignoring case takes for s",
    " https://carla.example/": "space in front",
    "https://carla.example/a b": "space",
    "https://carla.example/a\tb": "tab, which browsers drop",
    "https://carla.example/\n": "line feed",
    "https://carla.example\\@cem.example/": "backslash: host carla to a browser, host cem to others",
    "https://carla@cem.example/": "user name",
    "https://carla:secret@cem.example/": "password",
    "https://carla.example:0/": "port 0",
    "https://carla.example:65536/": "port too high",
    "https://carla.example:00000199999/": "port too high behind zeros",
    "https://carla.example:٤٤٣/": "digits of another script",
    "https://carla.example:80:80/": "two ports",
    "https://carla.example./": "closing dot",
    "https://carla..example/": "empty label",
    "https://-carla.example/": "hyphen in front",
    "https://[::1]/": "IPv6 in brackets",
    "https://127.1/": "number that browsers read as 127.0.0.1",
    "https://0x7f.0.0.1/": "number that browsers read as 127.0.0.1",
    "https://2130706433/": "number that browsers read as 127.0.0.1",
    "https://127.0.0.010/": "octal to some, decimal to others",
    "https://carla%2Eexample/": "escape in the host",
    "https://carla．example/": "full-width dot, which browsers turn into a dot",
    "https://cem。carla.example/": "ideographic dot",
    "https://ﬁsh.example/": "ligature, which browsers turn into fi",
    "https://faß.example/": "one host in IDNA 2003, another in IDNA 2008",
    "https://carla\u00ad.example/": "soft hyphen, which browsers drop",
    "https://carla\ufe0f.example/": "variation selector, which browsers drop",
    "https://carla\u200d.example/": "joiner",
    "https://KÖLN.example/": "capitals beyond ASCII",
    "https://xn--a.example/": "xn-- form of nothing",
    "https://xn--.example/": "xn-- form of nothing",
    "https://xn--carla-.example/": "xn-- form of plain ASCII",
    "https://carla.example/%00": "zero byte",
    "https://carla.example/blog/..%2Fcem/": "dot segment behind an escaped slash",
    "https://carla.example/blog/..;/cem/": "dot segment before a semicolon",
    "https://carla.example/" + "a" * 1010: "more than 1,024 bytes",
}
SCOPES = {
    "https://carla.example": "https://carla.example/",
    "https://carla.example/blog": "https://carla.example/blog/",
    "https://carla.example/blog/": "https://carla.example/blog/",
}
BAD_SCOPES = {"https://carla.example/?blog=1": "a scope has no query"}


def site_key_text(site: str, generation: int | str, secret: str) -> str:
    body = f"fsk1_{site}_{generation}_{secret}"
    return f"{body}_{zlib.crc32(body.encode()):08x}"


def site_keys() -> dict[str, Any]:
    key = site_key_text(CARLA, 2, SECRET)
    good = [
        {"text": site_key_text(row["site"], row["generation"], row["secret"])}  # type: ignore[arg-type]
        | {name: row[name] for name in ("site", "generation", "secret")}
        for row in SITES
    ]
    bad = {
        "empty": "",
        "white space": " \n",
        "secret empty": site_key_text(CARLA, 2, ""),
        "secret short": site_key_text(CARLA, 2, SECRET[:32]),
        "secret in capitals": site_key_text(CARLA, 2, SECRET.upper()),
        "site id short": site_key_text("carla", 2, SECRET),
        "generation 0": site_key_text(CARLA, 0, SECRET),
        "generation with a leading zero": site_key_text(CARLA, "02", SECRET),
        "generation 10000": site_key_text(CARLA, 10_000, SECRET),
        "another prefix": key.replace("fsk1", "fsk2"),
        "checksum wrong": key[:-1] + ("0" if key[-1] != "0" else "1"),
        "one digit of the secret changed": key.replace(SECRET, SECRET[:-1] + ("0" if SECRET[-1] != "0" else "1")),
        "cut": key[:-1],
        "two keys": f"{key} {key}",
    }
    return {"good": good, "bad": [{"name": name, "text": text} for name, text in bad.items()]}


def list_signature(document: dict[str, Any], secret: str = SECRET) -> str:
    fields = [document[name] for name in ("receiver", "site", "generation", "scope")]
    lines = ["flattr things", "1", *map(str, fields), *document["things"]]
    message = "".join(f"{line}\n" for line in lines)
    return b64url(hmac.digest(secret.encode(), message.encode(), "sha256"))


def list_of(**changes: Any) -> str:
    """Return the text of a list; its signature fits after the changes, unless it is among them."""
    document: dict[str, Any] = {
        "version": 1, "receiver": RECEIVER, "site": CARLA, "generation": 2, "scope": BLOG,
        "things": sorted(token_of(CLAIM | {"u": f"{BLOG}{name}/", "t": name}) for name in ("bees", "honey", "wax")),
    } | changes  # fmt: skip
    document.setdefault("signature", list_signature(document))
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def things_lists() -> dict[str, Any]:
    one = json.loads(list_of())
    first = list_of()
    bad = {
        "empty": "",
        "not JSON": "<!doctype html>",
        "a list": "[]",
        "a name twice": first.replace(' "version": 1', ' "site": "cemsnotes3",\n "version": 1'),
        "an unknown name": list_of(payee="cem"),
        "no signature": json.dumps({name: value for name, value in one.items() if name != "signature"}),
        "version 2": list_of(version=2),
        "version true": first.replace('"version": 1', '"version": true'),
        "version 1.0": first.replace('"version": 1', '"version": 1.0'),
        "generation as text": list_of(generation="2"),
        "generation 10000": list_of(generation=10_000),
        "things as text": list_of(things="b"),
        "a thing that is no token": list_of(things=["bees"]),
        "a thing with a line feed": list_of(things=[one["things"][0] + "\n" + one["things"][1]]),
        "a thing that is a number": json.dumps(one | {"things": [7]}),
        "a thing less": list_of(things=one["things"][:-1], signature=one["signature"]),
        "another order": list_of(things=one["things"][::-1], signature=one["signature"]),
        "signature of another key": list_of(signature=list_signature(one, secret_of("cem 1"))),
        "signature empty": list_of(signature=""),
        "signature with half a character": first.replace(one["signature"], "\\ud800" * 43),
        "meant for another receiver": list_of(receiver="https://other.example/"),
        "receiver not canonical": list_of(receiver="https://flattr.example"),
        "of another scope": list_of(scope="https://cem.example/"),
        "of a wider scope": list_of(scope="https://carla.example/"),
        "scope not canonical": list_of(scope="https://carla.example/blog"),
    }
    good = {"three things": list_of(), "nothing yet": list_of(things=[])}
    return {
        "receiver": RECEIVER,
        "scope": BLOG,
        "secret": SECRET,
        "good": [{"name": name, "text": text} for name, text in good.items()],
        "bad": [{"name": name, "text": text} for name, text in bad.items()],
    }


def webhook_signature(message_id: str, timestamp: str, body: str, secret: str = SECRET) -> str:
    content = f"{message_id}.{timestamp}.{body}"
    return "v1," + b64encode(hmac.digest(secret.encode(), content.encode(), "sha256")).decode()


def webhooks() -> dict[str, Any]:
    body, now, message_id = list_of(), 1_763_596_800, "build-2026-11-20"
    right = webhook_signature(message_id, str(now), body)

    def headers(message: str = message_id, timestamp: str = str(now), signature: str | None = None) -> dict[str, str]:
        fitting = webhook_signature(message, timestamp, body) if signature is None else signature
        return {"webhook-id": message, "webhook-timestamp": timestamp, "webhook-signature": fitting}

    good = {
        "now": headers(),
        "five minutes ago": headers(timestamp=str(now - 300)),
        "in five minutes": headers(timestamp=str(now + 300)),
        "one of two signatures fits": headers(signature=f"v1,AAAA {right}"),
    }
    bad = {
        "no headers": {},
        "no id": {name: value for name, value in headers().items() if name != "webhook-id"},
        "no time": {name: value for name, value in headers().items() if name != "webhook-timestamp"},
        "no signature": {name: value for name, value in headers().items() if name != "webhook-signature"},
        "signature empty": headers(signature=""),
        "signature without v1": headers(signature=right.removeprefix("v1,")),
        "signature of another kind": headers(signature=right.replace("v1,", "v1a,")),
        "signature of another key": headers(
            signature=webhook_signature(message_id, str(now), body, secret_of("cem 1"))
        ),
        "signature of another body": headers(signature=webhook_signature(message_id, str(now), "{}")),
        "signature with umlaut": headers(signature="v1,ü"),
        "ninth signature fits": headers(signature="v1,AAAA " * 8 + right),
        "too old": headers(timestamp=str(now - 301)),
        "too new": headers(timestamp=str(now + 301)),
        "time in words": headers(timestamp="now"),
        "time with fraction": headers(timestamp=f"{now}.0"),
        "time negative": headers(timestamp="-1"),
        "time in digits of another script": headers(timestamp="١٧٦٣٥٩٦٨٠٠"),
        "time of 5000 digits": headers(timestamp="1" * 5000),
        "id empty": headers(message=""),
        "id with a dot": headers(message="build.1"),
        "id with a line feed": headers(message="build\n1"),
        "id of 129 characters": headers(message="b" * 129),
    }
    return {
        "secret": SECRET, "body": body, "now": now,
        "good": [{"name": name, "headers": value} for name, value in good.items()],
        "bad": [{"name": name, "headers": value} for name, value in bad.items()],
    }  # fmt: skip


def vectors() -> dict[str, Any]:
    return {
        "about": "Test vectors of docs/token.md, written by tests/flattr_button/write_vectors.py. The keys are public.",
        "sites": SITES,
        "tokens": {"good": good_tokens(), "good_from_others": foreign_tokens(), "bad": bad_tokens()},
        "urls": {
            "good": [{"written": written, "canonical": canonical} for written, canonical in URLS.items()],
            "bad": [{"written": written, "because": because} for written, because in BAD_URLS.items()],
        },
        "scopes": {
            "good": [{"written": written, "canonical": canonical} for written, canonical in SCOPES.items()],
            "bad": [{"written": written, "because": because} for written, because in BAD_SCOPES.items()],
        },
        "site_keys": site_keys(),
        "things_lists": things_lists(),
        "webhooks": webhooks(),
    }


def text_of_vectors() -> str:
    return json.dumps(vectors(), indent=1) + "\n"  # ASCII: no editor can normalize the titles


if __name__ == "__main__":
    VECTORS.write_text(text_of_vectors())
    sys.stdout.write(f"{VECTORS}\n")
