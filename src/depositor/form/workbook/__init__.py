"""The description as tables that people fill in elsewhere, and tables of others as proposals: pure but for the reading
and writing of files."""
