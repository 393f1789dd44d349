"""Rows and queries; knows no conversation, no channel and no web."""
