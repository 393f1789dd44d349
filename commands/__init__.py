"""The commands of `muadam`, a file a subject; muadam.py joins them."""
