"""One module per family of formats; each reader keeps to the headers, imports its library late, and guesses nothing."""
