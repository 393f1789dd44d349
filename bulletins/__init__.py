"""Weekly agricultural weather: forecast, words, outputs, audience, release. Knows no channel and no lesson."""
