"""Carla's blog.  The site key is not here: it comes from FLATTR_SITE_KEY in the environment of the build."""

import os

AUTHOR = "Carla"
SITENAME = "Crumbs and Crates"
SITESUBTITLE = "Bread, bees, and a little Rust"
SITEURL = os.environ.get("SITEURL", "http://127.0.0.1:8001")
TIMEZONE = "Europe/Lisbon"
DEFAULT_LANG = "en"

PATH = "content"
THEME = "notmyidea"
USE_FOLDER_AS_CATEGORY = False
DEFAULT_PAGINATION = 5

PLUGINS = ["pelican_flattr"]
FLATTR_URL = os.environ.get("FLATTR_URL", "http://127.0.0.1:8000")
MARKDOWN = {
    "extension_configs": {
        "markdown.extensions.extra": {},
        "markdown.extensions.codehilite": {"css_class": "highlight"},
        "flattr": {},
    },
    "output_format": "html5",
}

FEED_DOMAIN = SITEURL
FEED_ALL_ATOM = "feeds/all.atom.xml"
FEED_ALL_RSS = "feeds/all.rss.xml"
CATEGORY_FEED_ATOM = "feeds/{slug}.atom.xml"
RSS_FEED_SUMMARY_ONLY = False
