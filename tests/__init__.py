"""The tests. A package, so that no folder in here is ever found in place of one of ours."""
