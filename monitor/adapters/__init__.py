"""The ports to the world: Kafka, Redis, the clock. Each knows its own, none knows another."""
