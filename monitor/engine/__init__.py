"""One lane in time: merging, deadlines, steps. Pure; knows of logs, not of Kafka."""
