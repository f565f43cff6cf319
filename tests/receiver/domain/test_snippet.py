"""Placeholders of a snippet are filled in all at once, and the rest stays to the letter."""

from dataclasses import replace

from receiver.domain.snippet import Filling, Snippet, SnippetFile
from receiver.store.snippets import read_snippets

OURS = Filling(
    receiver="https://coins.example/flattr/",
    scope="https://carla.example/~carla/",
    site_token="fst1_aaaaaaaaaa_1_b",
    language="de",
    words="Diesen Beitrag flattrn",
)


def snippet(*texts: str, readme: str = "# Blog\n") -> Snippet:
    return Snippet("blog", readme, tuple(SnippetFile(f"file{number}", text) for number, text in enumerate(texts)))


def filled(text: str, filling: Filling = OURS) -> str:
    return filling.fill(snippet(text)).files[0].text


def test_each_placeholder_has_its_value():
    link = '<a href="https://flattr.example/s/fst1_SITE_TOKEN?u=https%3A%2F%2Fblog.example%2Fpost%2F">Flattr this</a>'

    assert filled(link) == (
        '<a href="https://coins.example/flattr/s/fst1_aaaaaaaaaa_1_b?u=https%3A%2F%2Fcarla.example%2F~carla%2Fpost%2F">'
        "Diesen Beitrag flattrn</a>"
    )
    assert filled('starts("https://blog.example/")') == 'starts("https://carla.example/~carla/")'


def test_a_value_that_reads_like_a_placeholder_is_not_filled_in_again():
    odd = replace(OURS, scope="https://blog.example/", receiver="https://blog.example/")

    assert filled("https://flattr.example and https://blog.example/", odd) == (
        "https://blog.example and https://blog.example/"
    )


def test_what_signs_keeps_its_words():
    signing = snippet("const KEY = env.FLATTR_SITE_KEY; const words = { en: 'Flattr this' };")

    assert OURS.fill(signing) == signing


def test_of_files_for_each_language_one_is_ours():
    pictures = replace(snippet(), files=tuple(SnippetFile(f"flattr-{tag}.svg", tag) for tag in ("de", "en", "zh-Hans")))

    assert [file.text for file in OURS.fill(pictures).files] == ["de"]
    assert OURS.fill(snippet("![](https://blog.example/flattr-en.svg)")).files[0].text.endswith("/flattr-de.svg)")


def test_an_empty_filling_changes_nothing_but_the_choice_of_a_language():
    for kept in read_snippets():
        filled = Filling.empty().fill(kept)

        assert filled.readme == kept.readme
        assert set(filled.files) <= set(kept.files)


def test_every_snippet_says_how_it_is_given_to_the_page():
    """Each signs, names pages, or is a picture; none does two of these."""
    for kept in read_snippets():
        assert kept.files, kept.name
        assert kept.title, kept.name
        assert not (kept.signs and kept.names_pages), kept.name
        assert kept.signs or kept.names_pages or all(file.path.endswith(".svg") for file in kept.files), kept.name
