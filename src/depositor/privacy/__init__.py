"""Privacy: checks that look for personal data, and remedies that write cleaned copies. Originals are never changed."""

RULES = 2  # raise it when rules change: what earlier ones looked at is looked at anew
