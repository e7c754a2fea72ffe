"""The figures of `make bench`: how fast, how exact, how soon. Measures from outside, as an operator could."""
