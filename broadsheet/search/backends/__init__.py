"""Full-text indexes of SQLite and PostgreSQL, with the same functions."""
