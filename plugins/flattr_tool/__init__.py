"""The command `flattr`: what a creator asks of a built site, and sends of it.  For creators: docs/check.md."""
