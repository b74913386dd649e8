"""Text in pictures: read on this computer, judged by the same rules as all other text."""
