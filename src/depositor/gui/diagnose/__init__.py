"""The test of the way to an archive, in the window."""
