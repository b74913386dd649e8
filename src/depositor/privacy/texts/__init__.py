"""Texts with an inner form, and places of fixed size that hold them: read, cut into parts, written back."""
