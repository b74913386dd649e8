"""The window in which file names become columns, groups and pairs of annotations and images."""
