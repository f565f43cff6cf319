"""A Pelican plugin: a signed button on each published article.  For creators: docs/pelican.md."""

from pelican_flattr.handlers import register

__all__ = ["register"]
