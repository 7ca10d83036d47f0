"""What is wrong: the table of spaces and readers, and one file per rule."""
