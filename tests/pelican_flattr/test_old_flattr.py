"""What the old Flattr left behind is read, and never set; its buttons become ours if the creator asks."""

from tests.pelican_flattr.conftest import BREAD, BUTTON, said, without_payment_links

OLD = """Title: Bees
Date: 2026-01-03

They came back.

<p><a class="FlattrButton" style="display:none" rev="flattr;uid:carla;category:text" href="http://carla.example/bees">
Bees</a></p>

And stayed. <a href="https://flattr.com/submit/auto?user_id=carla&amp;url=http%3A%2F%2Fcarla.example">Flattr</a>
"""
POSTS = {"bread.md": BREAD, "bees.md": OLD}
THEME = {"article.html": "<html><head></head><body>{{ article.content }}[{{ FLATTR_USER }}]</body></html>"}


def test_old_buttons_in_a_post_become_one_of_ours_where_the_first_was(build):
    plain = build(POSTS, plugins="PLUGINS = []")
    blog = build(POSTS, "FLATTR_REPLACE_OLD = True")

    page = blog["bees.html"].partition("<body")[2]
    assert page.count(BUTTON) == 1
    assert page.index("They came back.") < page.index(BUTTON) < page.index("And stayed.")
    assert "FlattrButton" not in page
    assert "flattr.com/submit" not in page
    assert "flattr-place" not in page
    assert blog["bread.html"].count(BUTTON) == 1
    assert without_payment_links(blog["all.atom"]) == plain["all.atom"], "feeds stay as they are"


def test_old_buttons_stay_unless_the_creator_asks(build):
    blog = build(POSTS)

    assert blog["bees.html"].count(BUTTON) == 1
    assert "FlattrButton" in blog["bees.html"]
    assert "flattr.com/submit" in blog["bees.html"]


def test_a_theme_that_bypasses_the_content_has_the_button_beside_the_old_ones(build):
    theme = {"article.html": "<html><head></head><body>{{ article._content }}</body></html>"}

    blog = build(POSTS, "FLATTR_REPLACE_OLD = True", theme=theme)

    assert blog["bees.html"].count(BUTTON) == 1
    assert "flattr-place" not in blog["bees.html"]


def test_old_settings_stand_in_and_are_named_once(build):
    posts = {
        "bread.md": BREAD.replace("\n\n", "\nFlattrcategory: text\n\n", 1),
        "bees.md": "Title: Bees\nDate: 2026-01-03\n\nText.\n",
        "pages/about.md": "Title: About\n\nI am Carla.\n",
    }
    settings = "FLATTR_USER = 'carla'\nFLATTR_CATEGORY = 'rest'\nFLATTR_TAGS = 'old, tags'\nFLATTR_PAGES = True"

    blog = build(posts, settings, theme=THEME)

    bread, bees, about = (blog.claims[path] for path in ("bread.html", "bees.html", "pages/about.html"))
    assert (bread.category, bread.tags) == ("text", ("rye", "oven"))
    assert (bees.category, bees.tags) == ("misc", ("old", "tags"))
    assert (about.category, about.tags) == ("rest", ("old", "tags"))
    assert "[carla]" in blog["bread.html"]
    (message,) = said(blog, "INFO")
    assert "found FLATTR_USER, FLATTR_CATEGORY, FLATTR_TAGS of the old Flattr" in message


def test_a_blog_with_old_settings_alone_is_as_it_was(build):
    settings = "FLATTR_ID = 'carla'"

    plain = build(POSTS, settings, plugins="PLUGINS = []", receiver="", key=None, theme=THEME)
    blog = build(POSTS, settings, receiver="", key=None, theme=THEME)

    assert blog.files == plain.files
    assert "[]" in blog["bread.html"]
    assert not said(blog, "WARNING")
