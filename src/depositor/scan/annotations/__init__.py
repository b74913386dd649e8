"""Readers of annotation files: what they hold, and where they break the rules of their format. Run in the worker."""
