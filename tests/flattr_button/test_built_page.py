"""What a published page says of Flattr is read as a browser reads it."""

import pytest

from flattr_button.built_page import Button, NamingLink, read_page

ADDRESS = "https://blog.example/bees/"
TOKEN = "eyJ2IjoxfQ." + "a" * 43
SITE_TOKEN = "fst1_aaaaaaaaaa_1_" + "b" * 26


def test_a_signed_button_and_its_head_link_are_found():
    page = read_page(
        f'<link rel="payment" type="text/html" href="https://flattr.example/f/{TOKEN}">'
        '<link rel=canonical href="/bees/">'
        f"<p><A CLASS='x flattr-button' HREF='https://flattr.example/f/{TOKEN}'>Flattr this</A></p>",
        ADDRESS,
    )

    button = Button("https://flattr.example/", TOKEN)
    assert (page.buttons, page.head_links, page.naming_links) == ((button,), (button,), ())
    assert page.canonical == ADDRESS


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("?u=https%3A%2F%2Fblog.example%2Fbees%2F&amp;t=Bees", ADDRESS),
        ("?t=Bees&u=https://blog.example/bees/", ADDRESS),
        ("?u=first&u=second", "first"),
        ("#top", ""),
        ("", ""),
    ],
)
def test_a_link_that_names_a_page_is_found_whatever_its_class(query, named):
    (link,) = read_page(f'<a href="https://x.example/flattr/s/{SITE_TOKEN}{query}">x</a>', ADDRESS).naming_links

    assert link == NamingLink("https://x.example/flattr/", SITE_TOKEN, named)


@pytest.mark.parametrize("around", ["<!-- {} -->", "<script>'{}'</script>", "<template>{}</template>"])
def test_what_a_browser_does_not_show_is_not_there(around):
    link = f'<a class="flattr-button" href="https://flattr.example/s/{SITE_TOKEN}">x</a>'

    page = read_page(around.format(link), ADDRESS)

    assert (page.buttons, page.naming_links) == ((), ())


def test_a_button_without_an_address_leads_to_no_thing():
    (button,) = read_page('<a class="flattr-button">Flattr this</a>', ADDRESS).buttons

    assert button.token is None


@pytest.mark.parametrize("href", ["https://[", "//[x", "", "javascript:x"])
def test_a_canonical_link_to_no_address_says_nothing(href):
    assert read_page(f'<link rel="canonical" href="{href}">', ADDRESS).canonical in (None, ADDRESS)
