"""Whether a rewrite is true: before and after on the real frameworks, against a high-precision oracle."""
