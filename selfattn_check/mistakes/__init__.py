"""The known mistakes, grouped by the step of the computation that they get wrong."""
