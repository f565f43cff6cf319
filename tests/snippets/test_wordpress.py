"""snippets/wordpress in a real WordPress, with a theme of blocks and a classic one."""

import json
import re
import shutil
import unicodedata

import pytest

from flattr_button import cleaned_title
from tests.fakes import wordpress
from tests.snippets.strange_posts import (
    BAD_KEYS,
    KEY,
    LONG,
    MISTYPED,
    POSTS,
    SCOPE,
    SECRET,
    SNIPPETS,
    buttons_on,
    claim_on,
    refusal_of,
    require_proof,
    title_of,
    wild_titles,
)  # fmt: skip

PLUGIN = SNIPPETS / "wordpress" / "flattr.php"
ADD = """
kses_remove_filters();
wp_set_current_user(1);
foreach (json_decode(hex2bin('POSTS'), true) as $slug => $post) {
    $id = wp_insert_post(wp_slash($post + array(
        'post_name' => $slug, 'post_status' => 'publish', 'post_date_gmt' => '2026-01-02 03:04:05', 'post_author' => 1,
        'post_content' => '<p>Flour and <em>water</em>.</p>', 'comment_status' => 'open')), true);
    if (is_wp_error($id)) { throw new Exception($id->get_error_message()); }
    if ($post['category'] ?? null) {
        $term = wp_insert_term(wp_slash($post['category']), 'category', array('slug' => 'of-' . md5($slug)));
        wp_set_post_terms($id, array($term['term_id']), 'category');
    }
    foreach ($post['tags'] ?? array() as $number => $tag) {
        $term = wp_insert_term(wp_slash($tag), 'post_tag', array('slug' => md5("$slug $number")));
        if (!is_wp_error($term)) { wp_set_object_terms($id, $term['term_id'], 'post_tag', true); }
    }
    if ($post['flattr'] ?? null) { update_post_meta($id, 'flattr', $post['flattr']); }
}
"""
# A theme shortens a post for its head, as plugins for search engines do, and runs the content of another one.
THEME_HOOK = """<?php
add_action('wp_head', function () {
    if (is_singular()) {
        echo '<meta name="description" content="' . esc_attr(wp_strip_all_tags(get_the_excerpt())) . '">';
        echo '<!-- ' . apply_filters('the_content', 'elsewhere') . ' -->';
    }
});
add_filter('flattr_button_wanted', function ($wanted, $post) {
    return 'wanted' === $post->post_name || ($wanted && 'filtered' !== $post->post_name);
}, 10, 2);
add_filter('locale', function ($locale) { return defined('LOCALE_OF_TEST') ? LOCALE_OF_TEST : $locale; });
"""
DEFINED = f"define('FLATTR_SITE_KEY', '{KEY.text()}');"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Carla's blog, with the plugin as its README says."""
    if not wordpress.is_installed():
        pytest.skip(wordpress.MISSING)
    with wordpress.wordpress(tmp_path_factory.mktemp("wordpress")) as running:
        plugins = running.folder / "wp-content" / "plugins"
        shutil.copy(PLUGIN, plugins)
        (plugins.parent / "mu-plugins").mkdir()
        (plugins.parent / "mu-plugins" / "theme_hook.php").write_text(THEME_HOOK)
        running.configure(DEFINED)
        running.run("update_option('active_plugins', array('flattr.php'));")
        _add(running, {slug: {"post_title": post.title, "category": post.category, "tags": post.tags}
                       for slug, post in POSTS.items()})  # fmt: skip
        _add(running, {
            "draft": {"post_title": "Draft", "post_status": "draft"},
            "private": {"post_title": "Private", "post_status": "private"},
            "secret": {"post_title": "Secret", "post_password": "bees"},
            "none": {"post_title": "None", "flattr": "false"},
            "filtered": {"post_title": "Filtered"},
            "about": {"post_title": "About", "post_type": "page"},
            "wanted": {"post_title": "Wanted", "post_type": "page"},
            "excerpt": {"post_title": "Excerpt", "post_excerpt": ""},
            "markup": {"post_title": "How to <em>keep</em> bees &amp; wasps", "post_content": "one<!--nextpage-->two"},
        })  # fmt: skip
        yield running


def _add(running, posts):
    """Add posts by slug; they travel in hexadecimal digits, so that no quote of a title ends a string of PHP."""
    running.run(ADD.replace("POSTS", json.dumps(posts).encode().hex()))


@pytest.fixture(scope="module")
def paths(site):
    """Return the paths of the posts as WordPress writes them: without accents, and with escapes in lower case."""
    urls = site.run("""echo json_encode(array_map('get_permalink', get_posts(array('numberposts' => -1,
        'orderby' => 'ID', 'order' => 'ASC'))));""")
    return {slug: url.removeprefix(SCOPE[:-1]) for slug, url in zip(POSTS, urls, strict=False)}


@pytest.fixture(params=["twentytwentythree", "twentytwentyone"])
def theme(request, site):
    site.run(f"switch_theme('{request.param}');")
    return request.param


def test_the_receiver_takes_the_button_of_each_post_in_each_kind_of_theme(site, paths, theme):
    pages = {slug: site.get(paths[slug]) for slug in POSTS}
    claims = {slug: claim_on(page) for slug, page in pages.items()}

    assert {slug: claim.title for slug, claim in claims.items()} == {
        slug: title_of(post, claims[slug].url) for slug, post in POSTS.items()
    }
    assert all(claim.url.startswith(SCOPE) for claim in claims.values())
    assert [slug for slug, page in pages.items() if "flattr.php" in page] == [], "PHP warns on the page"
    assert {(claim.language, claim.modified) for claim in claims.values()} == {("en-US", 1767323045)}


def test_a_claim_carries_the_labels_of_its_post(site, paths):
    fish = claim_on(site.get("/fish/"))
    size = claim_on(site.get(paths["groesse-größe-蜂"]))
    long = claim_on(site.get(paths[LONG]))

    assert (fish.category, fish.tags) == ("Food &", ('a"b', "ü"))  # WordPress itself drops the markup
    assert (size.category, size.tags) == (None, ("Käse",))
    assert size.url == "https://blog.example/groesse-grose-%E8%9C%82/"  # WordPress itself makes it so
    assert len(long.tags) == 10


def test_markup_and_entities_of_a_title_are_read_as_a_reader_sees_them(site):
    assert claim_on(site.get("/markup/")).title == "How to keep bees & wasps"


def test_each_part_of_a_post_has_one_button_of_the_same_thing(site):
    assert claim_on(site.get("/markup/2/")) == claim_on(site.get("/markup/"))


def test_a_german_site_has_german_buttons(site):
    claim = claim_on(_page_with(site, f"{DEFINED} define('LOCALE_OF_TEST', 'de_DE');"), language="de")

    assert claim.language == "de-DE"


@pytest.mark.parametrize("slug", ["secret", "none", "filtered", "about"])
def test_what_is_not_for_everybody_or_not_wanted_has_no_button(site, theme, slug):
    assert "flattr" not in site.get(f"/{slug}/")


def test_a_page_that_the_filter_asks_for_has_a_button(site, theme):
    assert claim_on(site.get("/wanted/")).title == "Wanted"


def test_who_may_read_private_posts_and_drafts_sees_no_button_there(site):
    cookie, draft = _signed_in(site), site.run("echo get_page_by_path('draft', OBJECT, 'post')->ID;")

    assert "Private" in site.get("/private/", cookie=cookie)
    assert "flattr.example" not in site.get("/private/", cookie=cookie)
    assert "flattr.example" not in site.get(f"/?p={draft}&preview=true", cookie=cookie)


@pytest.mark.parametrize(
    "path",
    ["/", "/?s=Fish", "/author/carla/", "/2026/01/", "/feed/", "/feed/atom/", "/fish/feed/", "/comments/feed/",
     "/wp-json/wp/v2/posts", "/wp-json/oembed/1.0/embed?url=https%3A%2F%2Fblog.example%2Ffish%2F", "/fish/embed/"],
)  # fmt: skip
def test_lists_feeds_and_interfaces_have_no_button(site, theme, path):
    page = site.get(path)

    assert buttons_on(page) == []
    assert "flattr.example" not in page.partition("</head>")[2]


def test_the_excerpt_in_the_head_holds_no_word_of_the_button(site, theme):
    page = site.get("/excerpt/")

    assert re.findall('<meta name="description" content="(.*?)">', page) == ["Flour and water."]
    assert "Flattr this" not in page.partition("</head>")[0]
    assert len(buttons_on(page)) == 1


def test_an_address_without_permalinks_is_signed_as_it_is(site):
    site.run("$GLOBALS['wp_rewrite']->set_permalink_structure('');")
    try:
        number = site.run("echo get_page_by_path('fish', OBJECT, 'post')->ID;")
        claim = claim_on(site.get(f"/?p={number}"))
    finally:
        site.run("$GLOBALS['wp_rewrite']->set_permalink_structure('/%postname%/'); flush_rewrite_rules();")

    assert claim.url == f"https://blog.example/?p={number}"


def test_the_key_is_on_no_page_and_not_in_the_database(site):
    cookie = _signed_in(site)
    pages = ["/", "/fish/", "/feed/", "/wp-json/", "/wp-json/wp/v2/posts", "/wp-admin/", "/wp-admin/plugins.php"]

    assert [path for path in pages if SECRET in site.get(path, cookie=cookie)] == []
    assert SECRET not in site.database_text()


def test_the_site_answers_with_the_file_that_proves_it(site):
    require_proof(site.get("/.well-known/flattr.json"))


def test_the_same_post_has_the_same_button_each_time(site):
    assert buttons_on(site.get("/fish/")) == buttons_on(site.get("/fish/"))


@pytest.mark.parametrize("further", ["", "define('FLATTR_SITE_KEY', '');", "define('FLATTR_SITE_KEY', '  ');"])
def test_without_a_key_there_is_no_button_and_the_administrator_reads_why(site, further):
    assert "flattr" not in _page_with(site, further)
    assert "Flattr: there are no buttons yet; define FLATTR_SITE_KEY in wp-config.php." in _notice_with(site, further)


@pytest.mark.parametrize("key", [*BAD_KEYS.values(), MISTYPED])
def test_a_bad_key_signs_nothing_and_the_administrator_reads_why(site, key):
    further = f"define('FLATTR_SITE_KEY', '{key}');"

    assert "flattr" not in _page_with(site, further)
    notice = _notice_with(site, further)
    assert re.search("copy it (as a whole|again)[.]", notice)
    assert key not in notice


def test_with_a_good_key_the_administrator_reads_nothing_and_neither_do_others(site):
    assert "Flattr:" not in _notice_with(site, DEFINED)


def test_a_site_at_another_address_has_no_button_and_the_administrator_reads_why(site):
    plugin = site.folder / "wp-content" / "plugins" / "flattr.php"
    plugin.write_text(PLUGIN.read_text().replace(SCOPE, "https://other.example/"))
    try:
        page, notice = _page_with(site, DEFINED), _notice_with(site, DEFINED)
    finally:
        plugin.write_text(PLUGIN.read_text())

    assert "flattr" not in page
    assert "https://blog.example/ is outside of https://other.example/, so there are no buttons" in notice


def test_titles_are_cleaned_as_flattr_button_does(site):
    titles = wild_titles(1000)

    assert _cleaned(site, titles) == [cleaned_title(title) for title in titles]


def test_without_the_extension_intl_marks_are_left_out_and_no_claim_is_refused(site):
    titles = [*wild_titles(1000), unicodedata.normalize("NFD", "Über"), "লাল বাংলা हिन्दी"]

    cleaned = _cleaned(site, titles, function="Flattr\\without_uncertain_marks")

    assert [(title, refusal_of(title)) for title in cleaned if title and refusal_of(title)] == []
    assert cleaned[-2:] == ["Uber", "লাল বাংলা हिन्दी"]


def _cleaned(site, titles, function=""):
    encoded = json.dumps(titles).encode().hex()
    made = f"Flattr\\cleaned({function}($title), 200)"
    return site.run(
        f"echo json_encode(array_map(function ($title) {{ return {made}; }}, json_decode(hex2bin('{encoded}'))));"
    )


def _page_with(site, further):
    site.configure(further)
    try:
        return site.get("/fish/")
    finally:
        site.configure(DEFINED)


def _notice_with(site, further):
    cookie = _signed_in(site)
    site.configure(further)
    try:
        return site.get("/wp-admin/plugins.php", cookie=cookie)
    finally:
        site.configure(DEFINED)


def _signed_in(site):
    return site.run("""
        $manager = WP_Session_Tokens::get_instance(1);
        $until = time() + 3600;
        $session = $manager->create($until);
        $cookie = function ($name, $scheme) use ($until, $session) {
            return $name . '=' . rawurlencode(wp_generate_auth_cookie(1, $until, $scheme, $session));
        };
        echo json_encode($cookie(SECURE_AUTH_COOKIE, 'secure_auth') . '; ' . $cookie(LOGGED_IN_COOKIE, 'logged_in'));
    """)
