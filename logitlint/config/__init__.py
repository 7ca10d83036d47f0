"""What users decide: the keys of a configuration, where it is found, and which one counts for a file."""
