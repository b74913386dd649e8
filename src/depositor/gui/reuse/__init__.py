"""Describing once: the library, templates, parts of other deposits, what is remembered, and what happened."""
