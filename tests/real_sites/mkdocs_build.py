"""Builds a real MkDocs site with or without the plugin; told by the environment, as pelican_settings.py is.

_KIND says `properdocs` if that builds it, and _STRICT is empty or not.
Runs under the Python of the site, so it imports nothing of this project.
"""

import json
import logging
import os
import sys
from pathlib import Path

sys.path.insert(0, "")  # as `python -m mkdocs` would
if os.environ["FLATTR_COUNT_KIND"] == "properdocs":
    import properdocs.replacement  # noqa: F401  from here on `mkdocs` is ProperDocs, as with its own program

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.utils import yaml_load


def plugins_of(settings: str, dropped: set[str]) -> list:
    with Path(settings).open("rb") as file:
        plugins = yaml_load(file).get("plugins", ["search"])
    listed = [{name: options} for name, options in plugins.items()] if isinstance(plugins, dict) else plugins
    return [plugin for plugin in listed if dropped.isdisjoint([plugin] if isinstance(plugin, str) else plugin)]


def main() -> None:
    names = ("SETTINGS", "OUTPUT", "POSTS", "RECEIVER", "SITE_URL", "DROP", "STRICT")
    settings, output, posts, receiver, site_url, drop, strict = (os.environ[f"FLATTR_COUNT_{name}"] for name in names)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    plugins = plugins_of(settings, {"flattr", *filter(None, drop.split(","))})
    if receiver:
        plugins.append({"flattr": {"receiver": receiver}})
    config = load_config(settings, site_dir=output, site_url=site_url, plugins=plugins, strict=bool(strict))

    def write_posts(_env, config, files):
        """Write down which pages MkDocs, or its blog plugin, takes for posts; once for each language of a site."""
        blogs = [blog for plugin in config.plugins.values() if hasattr(blog := getattr(plugin, "blog", None), "posts")]
        pages = [page for blog in blogs for page in blog.posts] or [file.page for file in files.documentation_pages()]
        wanted = [page for page in pages if page.file.inclusion.is_included() and page.meta.get("flattr") is not False]
        paths = [*json.loads(Path(posts).read_text()), *(page.file.dest_uri for page in wanted)]
        Path(posts).write_text(json.dumps(list(dict.fromkeys(paths))))

    config.plugins.events["env"].append(write_posts)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    config.plugins.on_shutdown()


if __name__ == "__main__":
    main()
