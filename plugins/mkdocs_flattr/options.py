"""The options of the plugin in `mkdocs.yml`; each is in docs/mkdocs.md."""

from mkdocs.config import config_options
from mkdocs.config.base import Config

from flattr_button import LOOKS, POSITIONS
from markdown_flattr.choice import Choice


class FlattrConfig(Config):  # type: ignore[no-untyped-call]
    receiver = config_options.Optional(config_options.Type(str))
    enabled = config_options.Type(bool, default=True)
    canonical_url = config_options.Optional(config_options.Type(str))
    position = config_options.Choice(POSITIONS, default="after")
    look = config_options.Choice(LOOKS, default="standard")
    pages = config_options.Optional(config_options.PathSpec())
    exclude = config_options.Optional(config_options.PathSpec())
    categories = config_options.ListOfItems(config_options.Type(str), default=[])
    tags = config_options.ListOfItems(config_options.Type(str), default=[])
    exclude_categories = config_options.ListOfItems(config_options.Type(str), default=[])
    exclude_tags = config_options.ListOfItems(config_options.Type(str), default=[])
    feeds = config_options.Type(bool, default=True)
    counts = config_options.Type(bool, default=False)
    replace_old = config_options.Type(bool, default=False)

    def choice(self) -> Choice:
        return Choice(
            pages=self.pages,
            exclude=self.exclude,
            categories=self.categories,
            tags=self.tags,
            exclude_categories=self.exclude_categories,
            exclude_tags=self.exclude_tags,
        )
