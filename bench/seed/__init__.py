"""Seed data for the benchmarks: reproducible posts, users, tags and series, in any number."""
