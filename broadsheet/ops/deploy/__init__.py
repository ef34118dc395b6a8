"""Deployment on one machine: systemd units, nginx, certificate, settings, log rotation."""
