"""What users have decided to live with: comments that silence findings, and baselines."""
