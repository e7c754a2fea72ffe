"""The words: what may stand on a topic or in a file. No judgement and no I/O beyond reading settings."""
