"""Learners' code, right and wrong, as people really write it: what the kill matrix is run on."""
