"""This site as services of this machine: units of systemd, nginx, settings, rotation of logs."""
