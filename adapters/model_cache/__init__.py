"""Fitted regime models kept in files, so that the same fit is not done twice."""
