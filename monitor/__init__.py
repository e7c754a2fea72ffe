"""The judgement: what is known of a customer, which rules notice that one is leaving, and what surrounds that."""
