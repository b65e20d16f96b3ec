"""The exercises' functions as named steps, so that a mistake is a function with some steps replaced."""
