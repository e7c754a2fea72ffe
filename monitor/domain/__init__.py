"""The judgement itself: facts, rules, warnings. Pure; time is an argument."""
