"""Faults on the real thing: servers, workers, a stream whose truth is known; in the end everything is proven."""
