"""WebDAV and Nextcloud's chunks."""
