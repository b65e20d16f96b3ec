"""A class of submissions: release notebooks, grade them, hand back feedback."""
