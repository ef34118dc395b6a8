"""The guarantees of the documentation, each tested as a property."""
