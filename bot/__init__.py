"""The conversation; pure but for turn.py."""
