"""Checks tables of sources: Parquet files with the code of many repositories."""
