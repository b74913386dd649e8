"""How the terms of the vocabularies lie on disk, and how they are found."""
