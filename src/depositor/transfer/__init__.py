"""Bytes from this computer to an archive, so that nothing but the archive can stop them."""
