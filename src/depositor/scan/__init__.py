"""From folders to an inventory: what is there, what belongs together, and what the headers say."""
