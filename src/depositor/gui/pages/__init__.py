"""One page per step, and the home page."""
