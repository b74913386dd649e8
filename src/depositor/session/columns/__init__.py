"""Columns and groups out of the names of files."""
