"""The nervous system: the Faust apps that carry events to the judgement, and its warnings to the world."""
