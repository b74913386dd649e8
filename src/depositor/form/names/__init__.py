"""What names of files and folders mean."""
