"""Depositor: from local image files to a public archive, with a receipt."""

__version__ = "0.1.0"
