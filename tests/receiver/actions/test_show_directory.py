"""The directory: what is found, in which order, and that nothing is in it that should not be."""

from typing import Any

import pytest

from receiver.actions import show_directory
from receiver.actions.reindex_directory import reindex_directory
from receiver.actions.show_directory import SiteOrder, ThingOrder, list_languages, list_sites, list_things
from receiver.actions.show_site import show_site
from receiver.actions.show_thing import show_thing
from receiver.actions.state_statistics import state_statistics
from receiver.domain.errors import BadInput, NotKnown
from receiver.domain.month import Month
from receiver.domain.search import Wanted
from tests.fakes.database import Books
from tests.receiver.cast import Blog, Page, Person, Stage, at

SEPTEMBER = Month(2026, 9)


def published(blog: Blog, slug: str, title: str, **about: object) -> Page:
    """Publish a post, and let somebody click it, which registers it."""
    page = blog.post_titled(slug, title, **about)
    blog.stage.person(f"first-of-{slug.replace('/', '-')}@reads.example").clicks(page)
    return page


def found(stage: Stage, query: str = "", order: ThingOrder = ThingOrder.NEWEST, **wanted: str) -> list[str]:
    return [row.thing.title for row in list_things(stage.db, Wanted(query, **wanted), order).rows]


@pytest.fixture
def loaves(bread: Blog) -> None:
    published(bread, "a", "Sourdough for Sundays", category="Bread", tags=("Wild Yeast", "oven"), language="en")
    published(bread, "b", "Brot für Straße und Weg", category="bread", tags=("Öfen",), language="de-AT")
    published(bread, "c", "خبز بالزعتر", language="ar")
    published(bread, "d", "東京都のパン屋", language="ja", tags=("🍞",))


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("sourdough", "Sourdough for Sundays"),
        ("SUNDAY sour", "Sourdough for Sundays"),
        ("wild yeast", "Sourdough for Sundays"),
        ("strasse", "Brot für Straße und Weg"),
        ("fur STRASSE", "Brot für Straße und Weg"),
        ("ofen", "Brot für Straße und Weg"),
        ("خُبز", "خبز بالزعتر"),
        ("東京", "東京都のパン屋"),
        ("京都", "東京都のパン屋"),
        ("ﾊﾟﾝ", "東京都のパン屋"),
        ("屋", "東京都のパン屋"),
        ("🍞", "東京都のパン屋"),
    ],
)
@pytest.mark.usefixtures("loaves")
def test_a_thing_is_found_by_its_words_however_they_are_spelt(stage: Stage, query: str, title: str) -> None:
    assert found(stage, query) == [title]


@pytest.mark.usefixtures("loaves")
def test_a_thing_is_found_by_the_title_and_address_of_its_site(stage: Stage, bread: Blog, radio: Blog) -> None:
    published(radio, "v", "Valves")

    assert found(stage, "notes") == ["Valves"]
    assert found(stage, "radio.example valv") == ["Valves"]
    assert len(found(stage, "bread.example")) == 4


@pytest.mark.usefixtures("loaves")
@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"category": "BREAD"}, 2),
        ({"category": "Bread", "language": "de"}, 1),
        ({"language": "de-at"}, 1),
        ({"tag": "wild yeast"}, 1),
        ({"tag": "wild"}, 0),
        ({"tag": "ofen"}, 1),
        ({"site": "nobody"}, 0),
        ({"query": "sourdough", "language": "de"}, 0),
    ],
)
def test_things_are_filtered_by_what_their_buttons_say(stage: Stage, wanted: dict[str, str], count: int) -> None:
    assert len(found(stage, **wanted)) == count


STRANGE = [
    '"', "'", "*", "sour*", '"sourdough" OR "x', "sourdough)", "sourdough NEAR(for)", "title:sourdough", "-sourdough",
    "^sourdough", "sourdough AND NOT x", "'; drop table things; --", "a" * 1_000, "a " * 1_000, "%", "_", "\\", "\x00",
    "sour\x00dough", "🤷‍♀️", "\u202e", "& | ! ( ) :*", "''::tsquery", "§len", "§", "\ud800", "１２", "{}", "٣",
]  # fmt: skip


@pytest.mark.parametrize("query", STRANGE, ids=range(len(STRANGE)))
@pytest.mark.usefixtures("loaves")
def test_no_query_is_an_error(stage: Stage, query: str) -> None:
    for order in ThingOrder:
        found(stage, query, order)
    found(stage, category=query, tag=query, language=query, site=query)
    list_sites(stage.db, query=query)


@pytest.mark.usefixtures("loaves")
def test_a_query_without_a_word_finds_nothing_rather_than_all(stage: Stage) -> None:
    assert found(stage, '"*') == []
    assert len(found(stage, " ")) == 4


def test_hidden_things_and_those_of_unverified_and_withdrawn_sites_are_never_found(
    stage: Stage, bread: Blog, carla: Person
) -> None:
    published(bread, "diary", "Diary", hidden=True, language="tr")
    waits = carla.registers("https://waits.example/", title="Waits", is_approved=False)
    page = published(waits, "soon", "Soon", language="fi")
    published(bread, "rye", "Rye", language="en")

    assert (found(stage), found(stage, "diary"), found(stage, "soon")) == (["Rye"], [], [])
    assert found(stage, order=ThingOrder.CLICKED) == ["Rye"]
    assert list_languages(stage.db) == ["en"]
    with pytest.raises(NotKnown):
        show_thing(stage.db, stage.keys, page.thing)

    waits.is_approved()
    bread.is_withdrawn()

    assert found(stage) == ["Soon"]
    assert [site.title for site in list_sites(stage.db).rows] == ["Waits"]


def test_a_new_title_is_found_and_the_old_one_no_more(stage: Stage, bread: Blog) -> None:
    published(bread, "rye", "Rye", modified=at("2026-09-01"))
    stage.person("second@reads.example").clicks(bread.post_titled("rye", "Spelt", modified=at("2026-09-02")))

    assert (found(stage, "rye"), found(stage, "spelt")) == ([], ["Spelt"])


def test_a_thing_moves_with_the_site_that_is_paid(stage: Stage, bread: Blog, carla: Person) -> None:
    published(bread, "oven/a", "A")

    inner = carla.registers("https://bread.example/oven/", title="The Oven")
    by_inner = found(stage, "oven", site=inner.key.site), found(stage, site=bread.key.site)
    inner.is_withdrawn()

    assert by_inner == (["A"], [])
    assert (found(stage, site=inner.key.site), found(stage, site=bread.key.site)) == ([], ["A"])


def test_a_list_is_read_to_its_end_while_it_grows(stage: Stage, bread: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        published(bread, f"p{number}", f"Post {number}")
    first = list_things(stage.db, Wanted(), ThingOrder.NEWEST, limit=2)
    published(bread, "late", "Late")

    second = list_things(stage.db, Wanted(), ThingOrder.NEWEST, after=first.after, limit=2)
    third = list_things(stage.db, Wanted(), ThingOrder.NEWEST, after=second.after, limit=2)

    titles = [row.thing.title for part in (first, second, third) for row in part.rows]
    assert titles == [f"Post {number}" for number in (4, 3, 2, 1, 0)]
    assert third.after == ""


@pytest.mark.parametrize("after", ["x", "1", "1-", "-1", "1-2-3", "9" * 40, "1-" + "9" * 40, "١-٢"])
def test_a_damaged_place_is_refused(stage: Stage, after: str) -> None:
    with pytest.raises(BadInput):
        list_things(stage.db, Wanted(), ThingOrder.NEWEST, after=after)


@pytest.fixture
def closed(stage: Stage, bread: Blog) -> list[Page]:
    """September: one thing of four readers, one of three, one of two, one of one."""
    pages = [bread.post_titled(f"p{count}", f"Of {count}") for count in (1, 2, 3, 4)]
    for number in range(4):
        reader = stage.person(f"reader{number}@reads.example")
        reader.pledges("5.00")
        reader.pays("10.00")
        reader.clicks(*pages[number:])
    stage.close(SEPTEMBER)
    return pages


@pytest.mark.parametrize("order", [ThingOrder.CLICKED, ThingOrder.CLICKED_LAST_MONTH])
@pytest.mark.usefixtures("closed")
def test_things_of_fewer_than_three_readers_stand_behind_all_others_by_their_age(
    stage: Stage, bread: Blog, order: ThingOrder
) -> None:
    published(bread, "new", "New")

    rows = list_things(stage.db, Wanted(), order).rows

    assert [(row.thing.title, row.clicks) for row in rows] == [
        ("Of 4", 4), ("Of 3", 3), ("New", 0), ("Of 2", 0), ("Of 1", 0),
    ]  # fmt: skip


@pytest.mark.parametrize("order", list(ThingOrder))
@pytest.mark.usefixtures("closed")
def test_each_order_is_read_to_its_end_in_parts_of_any_size(stage: Stage, order: ThingOrder) -> None:
    whole = [row.thing.title for row in list_things(stage.db, Wanted("of"), order).rows]
    for size in (1, 2, 3):
        titles, after = [], ""
        while not titles or after:
            part = list_things(stage.db, Wanted("of"), order, after=after, limit=size)
            titles, after = titles + [row.thing.title for row in part.rows], part.after
        assert titles == whole


def test_a_month_of_few_readers_adds_nothing_to_what_is_shown(stage: Stage, bread: Blog, closed: list[Page]) -> None:
    """Else the difference of two months would tell of one reader."""
    rosa = stage.person("reader0@reads.example")
    rosa.clicks(closed[3], closed[0])
    stage.close(Month(2026, 10))

    shown = show_thing(stage.db, stage.keys, closed[3].thing)

    assert shown.listed.clicks == 4
    assert {row.clicks for row in list_things(stage.db, Wanted(), ThingOrder.CLICKED_LAST_MONTH).rows} == {0}
    assert found(stage, order=ThingOrder.CLICKED)[:2] == ["Of 4", "Of 3"]


def test_a_site_tells_what_it_writes_about(stage: Stage, bread: Blog, loaves: None, closed: list[Page]) -> None:
    shown = show_site(stage.db, bread.key.site)

    assert set(shown.languages) == {"en", "de-AT", "ar", "ja"}
    assert {"Wild Yeast", "oven", "🍞"} <= set(shown.tags)
    assert [row.thing.title for row in shown.most_clicked] == ["Of 4", "Of 3"]
    assert len(shown.newest.rows) == 8


def test_translations_are_those_of_the_same_site(stage: Stage, bread: Blog, radio: Blog) -> None:
    original = published(bread, "rye", "Rye")
    german = published(bread, "roggen", "Roggen", language="de", original=original.url)
    turkish = published(bread, "cavdar", "Çavdar", language="tr", original=original.url)
    published(radio, "claims", "Anybody may claim that", original=original.url)

    def translations_of(page: Page) -> list[str]:
        return [thing.title for thing in show_thing(stage.db, stage.keys, page.thing).translations]

    assert translations_of(original) == ["Roggen", "Çavdar"]
    assert translations_of(german) == ["Rye", "Çavdar"]
    assert translations_of(turkish) == ["Rye", "Roggen"]


def test_sites_are_found_and_sorted(stage: Stage, carla: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show_directory, "PAGE_SIZE", 2)
    for day, title in enumerate(("Cheese", "apples", "Bread & Butter", "Butterflies"), start=4):
        stage.now = at(f"2026-09-0{day}")
        carla.registers(f"https://{title[:5].lower()}.example/", title=title)

    def titles(order: SiteOrder, **options: str) -> list[list[str]]:
        part = list_sites(stage.db, order=order, **options)
        rest = titles(order, **(options | {"after": part.after})) if part.after else []
        return [[site.title for site in part.rows], *rest]

    assert titles(SiteOrder.TITLE) == [["apples", "Bread & Butter"], ["Butterflies", "Cheese"]]
    assert titles(SiteOrder.NEWEST) == [["Butterflies", "Bread & Butter"], ["apples", "Cheese"]]
    assert titles(SiteOrder.NEWEST, query="butter") == [["Butterflies", "Bread & Butter"]]
    with pytest.raises(NotKnown):
        list_sites(stage.db, after="nobody")


@pytest.mark.usefixtures("loaves")
def test_the_words_can_be_written_anew(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("receiver.actions.reindex_directory.THINGS_PER_CHUNK", 2)
    with stage.db.writing() as connection:
        connection.exec_driver_sql("update things set words = 'nonsense'")
        connection.exec_driver_sql("update sites set words = 'nonsense'")
    assert found(stage, "sourdough") == []

    counted = list(reindex_directory(stage.db))

    assert found(stage, "sourdough bread.example") == ["Sourdough for Sundays"]
    assert (counted[-1], found(stage, "nonsense")) == (5, [])


BEFORE_DIRECTORY = [
    "drop trigger sites_update_team_closing{on_sites}",
    "drop trigger sites_update_team{on_sites}",
    *(f"drop table {name}" for name in ("gift_parts", "team_settlements", "team_members", "team_invitations", "teams")),
    "drop index ix_thing_settlements_month_team_id",
    "alter table thing_settlements drop column team_id",
    "alter table sites drop column team_id",
    "drop trigger things_words_insert{on_things}",
    "drop trigger things_words_update{on_things}",
    "drop trigger sites_words_update{on_sites}",
    "drop table thing_search",
    "drop table clicked_things",
    "drop table month_statistics",
    "drop index ix_things_language",
    "drop index ix_things_original",
    "drop index ix_thing_settlements_shown",
    "alter table things drop column words",
    "alter table sites drop column words",
    "update alembic_version set version_num = '0008'",
]


@pytest.mark.usefixtures("loaves", "closed")
def test_books_of_before_get_words_counts_and_sums(stage: Stage, books: Books, home: Any) -> None:
    before = found(stage, "sourdough"), found(stage, order=ThingOrder.CLICKED), state_statistics(stage.db)
    is_in_file = books.name == "sqlite"
    owner = books.open_as_owner(home)
    with owner.writing() as connection:
        for statement in (["drop trigger things_words_delete"] if is_in_file else []) + BEFORE_DIRECTORY:
            on = (
                {"on_things": "", "on_sites": ""}
                if is_in_file
                else {"on_things": " on things", "on_sites": " on sites"}
            )
            connection.exec_driver_sql(statement.format(**on))
    owner.close()

    migrated = stage.db if is_in_file else books.owner(home)
    migrated.migrate()

    assert before == (found(stage, "sourdough"), found(stage, order=ThingOrder.CLICKED), state_statistics(stage.db))
    assert before[2][SEPTEMBER].readers == 4
    if not is_in_file:
        migrated.close()
