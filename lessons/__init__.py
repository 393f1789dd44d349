"""Lessons: what one is, how its files are read, and what is wrong with them. Knows no bot and no database."""
