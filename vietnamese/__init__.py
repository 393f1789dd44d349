"""The language: one spelling for comparison, small numbers, words of courtesy. Knows nothing of bots."""
