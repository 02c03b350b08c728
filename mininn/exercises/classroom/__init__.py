"""What grades a class: from what was handed in to the table of the LMS."""
