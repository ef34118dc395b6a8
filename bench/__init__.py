"""Benchmarks that produce the README's figures: `make bench`."""
