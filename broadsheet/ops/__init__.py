"""Interface for operators: server, backup, database copy, deployment, monitoring."""
