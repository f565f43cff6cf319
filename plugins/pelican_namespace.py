"""Pelican finds the plugin here, as `pelican.plugins.flattr`; the code is in `pelican_flattr`."""

from pelican_flattr import register

__all__ = ["register"]
