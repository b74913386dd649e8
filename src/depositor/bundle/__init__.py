"""What goes along with the data: names, digests, manifest and documents."""
