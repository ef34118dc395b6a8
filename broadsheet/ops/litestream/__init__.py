"""A copy of SQLite's database that follows it within a second, by Litestream (litestream.io)."""
