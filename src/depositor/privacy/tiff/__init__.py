"""TIFF as the checks see it: directories, gaps between them, pictures and texts of slides."""
