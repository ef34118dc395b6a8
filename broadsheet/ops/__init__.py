"""Door: serving, background work and the commands of the operator."""
