"""Who runs the steps of a scan."""
