"""No cached page is stale: after each change, cached pages equal newly rendered ones."""
