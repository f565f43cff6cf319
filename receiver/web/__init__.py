"""The web door: read the request, call one action, render.  No rules here."""
