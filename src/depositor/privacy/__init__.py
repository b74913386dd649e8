"""Looking for personal data in headers, names, labels and text, and writing cleaned copies."""
