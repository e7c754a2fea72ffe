"""The judgement: what is known of a customer, which rules notice that one leaves, and what surrounds that."""
