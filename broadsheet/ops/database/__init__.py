"""Copying a site between databases and its media between storages; pending migrations."""
