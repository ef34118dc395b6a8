"""Tests. The folders mirror those of broadsheet/, and some cross apps: see README.md."""
