"""The operator's door: each command parses, calls one action and prints.  No rules here."""
