"""What to read: discovery, `.gitignore`, encodings, notebooks."""
