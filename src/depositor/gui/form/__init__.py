"""Widgets of the form: one editor per kind of field."""
