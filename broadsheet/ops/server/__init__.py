"""The production server: start, sockets, background worker, uploads and CDN purges."""
