"""Privacy: checks that look for personal data, and remedies that write cleaned copies. Originals are never changed."""
