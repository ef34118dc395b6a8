"""Interface for authors, editors and owners; never cached."""
