"""Builds a real MkDocs site with or without the plugin; arguments: settings, output, posts, receiver, site URL, drop.

Runs under the Python of the site, so it imports nothing of this project.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, "")  # as `python -m mkdocs` would

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.utils import yaml_load


def plugins_of(settings: str, dropped: set[str]) -> list:
    with Path(settings).open("rb") as file:
        plugins = yaml_load(file).get("plugins", ["search"])
    listed = [{name: options} for name, options in plugins.items()] if isinstance(plugins, dict) else plugins
    return [plugin for plugin in listed if dropped.isdisjoint([plugin] if isinstance(plugin, str) else plugin)]


def main(settings: str, output: str, posts: str, receiver: str, site_url: str, drop: str) -> None:
    plugins = plugins_of(settings, {"flattr", *filter(None, drop.split(","))})
    if receiver:
        plugins.append({"flattr": {"receiver": receiver}})
    config = load_config(settings, site_dir=output, site_url=site_url, plugins=plugins, strict=False)

    def write_posts(_env, config, files):
        """Write down which pages MkDocs, or its blog plugin, takes for posts."""
        blogs = [blog for plugin in config.plugins.values() if hasattr(blog := getattr(plugin, "blog", None), "posts")]
        pages = [page for blog in blogs for page in blog.posts] or [file.page for file in files.documentation_pages()]
        wanted = [page for page in pages if page.file.inclusion.is_included() and page.meta.get("flattr") is not False]
        paths = [page.file.dest_uri for page in wanted]
        Path(posts).write_text(json.dumps(paths))

    config.plugins.events["env"].append(write_posts)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    config.plugins.on_shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
