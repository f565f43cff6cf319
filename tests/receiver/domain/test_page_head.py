"""What is read of a page that somebody else wrote."""

import pytest

from receiver.domain.page_head import PageHead, read_head


def test_a_head_tells_title_canonical_address_and_language():
    page = (
        '<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Brot &amp; Butter – Carla</title>'
        '<link href="/brot/" rel="canonical"></head><body><h1>Brot</h1></body></html>'
    )

    assert read_head(page.encode()) == PageHead("Brot & Butter – Carla", "/brot/", "de")


def test_the_title_for_sharing_names_no_site_and_goes_first():
    page = '<title>Bread | A blog</title><meta property="og:title" content="Bread &quot;rye&quot;">'

    assert read_head(page.encode()).title == 'Bread "rye"'


@pytest.mark.parametrize(
    "page",
    [
        '<body><link rel="canonical" href="https://evil.example/"><title>Evil</title>',
        '<head></head><link rel="canonical" href="https://evil.example/"><title>Evil</title>',
        '<!-- <link rel="canonical" href="https://evil.example/"><title>Evil</title> -->',
        '<script>"<title>Evil</title>"</script>',
        '<noscript></noscript><link rel="alternate" href="https://evil.example/">',
        "",
        "<",
        "<![",
        "\0\ufffd",
        '{"title": "Evil"}',
    ],
)
def test_what_is_not_in_the_head_tells_nothing(page):
    assert read_head(page.encode()) == PageHead()


def test_of_two_the_first_counts():
    page = (
        "<title>One</title><title>Two</title><link rel=canonical href=/1><link rel=canonical href=/2>"
        '<meta property="og:title" content=""><svg><title>Three</title></svg>'
    )

    assert read_head(page.encode()) == PageHead("One", "/1", "")


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("iso-8859-1", "latin-1"), ("utf-8", "utf-8"), ("no-such-charset", "utf-8"), ("base64", "utf-8")],
)
def test_a_page_is_read_in_its_charset(charset, encoding):
    page = f'<meta charset="{charset}"><title>Gärung</title>'

    assert read_head(page.encode(encoding)).title == "Gärung"


def test_a_long_page_is_read_at_its_beginning_only():
    assert read_head(b"<title>Bees</title>" + b"<" * 4_000_000).title == "Bees"


def test_each_receiver_that_a_site_names_is_found_and_none_outside_of_the_head():
    page = (
        '<meta name="Flattr-Site" content=" receiver=https://a.example/ site=x "><meta name=flattr-site content=two>'
        "<body><meta name=flattr-site content=three>"
    )

    assert read_head(page.encode()).owners == ("receiver=https://a.example/ site=x", "two")
