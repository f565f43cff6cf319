"""A MkDocs plugin: a signed button on each post.  For creators: docs/mkdocs.md."""
