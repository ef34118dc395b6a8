"""The promises of docs and README, each as a property."""
