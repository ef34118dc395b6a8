"""Health checks, metrics, traces, error reports and the status page."""
