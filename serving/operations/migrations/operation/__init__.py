"""Steps of the tables of an operation."""
