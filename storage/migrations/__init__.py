"""Migrations of the schema; storage.database.HEAD names the newest."""
