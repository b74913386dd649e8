"""The command line: the same engine, for people who like to type and for programs."""
