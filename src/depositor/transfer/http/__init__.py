"""Whole files, ranges and upload sessions over HTTP."""
