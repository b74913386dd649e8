"""Files of others as sources of a description: small readers, each of one kind, known by what is in the file."""
