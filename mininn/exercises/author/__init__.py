"""What writes exercises: from a source notebook, all that people open."""
