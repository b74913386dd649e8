"""The dialog of all settings, made from their one table."""
