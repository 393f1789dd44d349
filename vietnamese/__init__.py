"""The language and the map: spelling for comparison, numbers, courtesy, places. Knows nothing of bots."""
