"""Load programs: what the road of a message costs (road), and what survives a crash (crash)."""
