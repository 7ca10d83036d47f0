"""How findings are mended: plans of edits over an origin and its uses."""
