"""Write exercises: from a source notebook to pages, keys and zips."""
