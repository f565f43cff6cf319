"""Settings around the settings of a real Pelican site; copied beside them, so that relative paths still hold.

Told by the environment: FLATTR_COUNT_SETTINGS (the file of the site), _POSTS (where to write the published posts),
_OUTPUT (the folder their paths are relative to), _RECEIVER (empty: without the plugin), _SITE_URL,
_DROP (plugins to leave out, with commas).
Runs under the Python of the site, so it imports nothing of this project.
"""

import json
import os
import runpy
import sys
from pathlib import Path

from pelican.plugins._utils import get_namespace_plugins

_NAMES = ("SETTINGS", "POSTS", "OUTPUT", "RECEIVER", "SITE_URL", "DROP")
_asked = {name: os.environ[f"FLATTR_COUNT_{name}"] for name in _NAMES}
sys.path.insert(0, str(Path(_asked["SETTINGS"]).parent))
globals().update({name: value for name, value in runpy.run_path(_asked["SETTINGS"]).items() if name.isupper()})

SITEURL = _asked["SITE_URL"].rstrip("/")
FEED_DOMAIN = SITEURL
FEED_ALL_ATOM = "flattr-count/all.atom.xml"
FEED_ALL_RSS = "flattr-count/all.rss.xml"
RSS_FEED_SUMMARY_ONLY = False
LOAD_CONTENT_CACHE = CACHE_CONTENT = DELETE_OUTPUT_DIRECTORY = False
_dropped = {"pelican_flattr", *filter(None, _asked["DROP"].split(","))}
_plugins = globals().get("PLUGINS")
if _plugins is None:  # then Pelican takes all that are installed in its namespace
    _plugins = list(get_namespace_plugins())
PLUGINS = [plugin for plugin in _plugins if str(plugin).removeprefix("pelican.plugins.") not in _dropped]
if _asked["RECEIVER"]:
    FLATTR_URL = _asked["RECEIVER"]
    PLUGINS.append("pelican_flattr")


class _Probe:
    """Writes down which posts Pelican itself takes for published, in each of the sites in several languages."""

    __name__ = "flattr_count_probe"

    def register(self):
        from pelican.plugins import signals

        signals.article_generator_write_article.connect(self.write_post)

    def write_post(self, generator, content):
        if content.status != "published" or str(content.metadata.get("flattr")).lower() == "false":
            return
        path = Path(generator.output_path, content.save_as).relative_to(_asked["OUTPUT"])
        posts = Path(_asked["POSTS"])
        posts.write_text(json.dumps([*json.loads(posts.read_text()), path.as_posix()]))


PLUGINS.append(_Probe())
