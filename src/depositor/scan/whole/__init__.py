"""Whole images of a file, plane by plane in their own type, for writing them in another format."""
