"""A folder on a drive or a share."""
