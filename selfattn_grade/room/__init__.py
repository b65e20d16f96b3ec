"""What is put into the room where learners' code runs; imports NumPy and the standard library alone."""
