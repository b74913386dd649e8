"""One small sub-package per archive: what it can do as data, and a session that speaks to it."""
