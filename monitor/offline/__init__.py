"""Use without any server: events out of files, and the engine run over them."""
