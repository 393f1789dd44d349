"""QR codes: pictures read, posters drawn from a code that a bank made. Knows no conversation and no rows."""
