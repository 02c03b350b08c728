"""What judges one answer: cases, outcomes, the key, the verdict."""
