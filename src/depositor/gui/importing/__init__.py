"""Descriptions out of spreadsheets and other files, and into one."""
