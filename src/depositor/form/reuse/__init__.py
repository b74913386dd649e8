"""Described once, used again: libraries, templates, parts of other deposits, and what differs."""
