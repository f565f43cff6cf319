"""Settings around the settings of a real Pelican site; copied beside them, so that relative paths still hold.

Told by the environment: FLATTR_COUNT_SETTINGS (the file of the site), _POSTS (where to write the published posts),
_RECEIVER (empty: without the plugin), _SITE_URL, _DROP (plugins to leave out, with commas).
Runs under the Python of the site, so it imports nothing of this project.
"""

import json
import os
import runpy
import sys
from pathlib import Path

_asked = {name: os.environ[f"FLATTR_COUNT_{name}"] for name in ("SETTINGS", "POSTS", "RECEIVER", "SITE_URL", "DROP")}
sys.path.insert(0, str(Path(_asked["SETTINGS"]).parent))
globals().update({name: value for name, value in runpy.run_path(_asked["SETTINGS"]).items() if name.isupper()})

SITEURL = _asked["SITE_URL"].rstrip("/")
FEED_DOMAIN = SITEURL
FEED_ALL_ATOM = "flattr-count/all.atom.xml"
FEED_ALL_RSS = "flattr-count/all.rss.xml"
RSS_FEED_SUMMARY_ONLY = False
LOAD_CONTENT_CACHE = CACHE_CONTENT = DELETE_OUTPUT_DIRECTORY = False
_dropped = {"pelican_flattr", *filter(None, _asked["DROP"].split(","))}
PLUGINS = [plugin for plugin in globals().get("PLUGINS") or [] if str(plugin) not in _dropped]
if _asked["RECEIVER"]:
    FLATTR_URL = _asked["RECEIVER"]
    PLUGINS.append("pelican_flattr")


class _Probe:
    """Writes down which posts Pelican itself takes for published."""

    __name__ = "flattr_count_probe"

    def register(self):
        from pelican.plugins import signals

        signals.article_generator_finalized.connect(self.write_posts)

    def write_posts(self, generator):
        published = [article for article in [*generator.articles, *generator.translations] if article.save_as]
        wanted = [article for article in published if str(article.metadata.get("flattr")).lower() != "false"]
        Path(_asked["POSTS"]).write_text(json.dumps([article.save_as for article in wanted]))


PLUGINS.append(_Probe())
