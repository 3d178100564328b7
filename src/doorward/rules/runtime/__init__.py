"""Rules about what libraries do while they are built, installed and tested."""
