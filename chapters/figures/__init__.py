"""The figures that move: what they play, and the programs that record it."""
