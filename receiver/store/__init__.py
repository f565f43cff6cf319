"""SQL and the disk, and nothing else: each file is one noun's statements."""
