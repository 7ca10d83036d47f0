"""Whole programs before and after their fixes: the only part of logitlint that runs the user's code."""
