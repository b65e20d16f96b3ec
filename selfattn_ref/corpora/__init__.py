"""The data of the course, drawn by seeded generators: small languages whose every rule is known."""
