"""S3: objects in parts, signed here or by an archive."""
