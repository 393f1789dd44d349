"""Platforms as real HTTP servers on loopback, for tests, load programs and demonstrations by hand."""
