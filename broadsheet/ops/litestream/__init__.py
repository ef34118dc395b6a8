"""Continuous replication of the SQLite database by Litestream (litestream.io), within a second."""
