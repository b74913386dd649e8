"""Annotations and the images that they belong to."""
