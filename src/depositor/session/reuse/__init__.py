"""Libraries, templates, what is remembered, and how a description changed."""
