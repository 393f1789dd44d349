"""Pages for those who work with muadam, under /staff: plain forms first, made for a phone."""
