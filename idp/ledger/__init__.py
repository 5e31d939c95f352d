"""The durable record: requests, resources, outbox, history. One protocol; a store knows no rules but consistency."""
