"""Counters of the door and the sender, by the names that docs/operations.md lists.

Labels come from closed sets: never an id, a name or a word of a resident.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """One registry a process; made in muadam.build() and handed down."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = self._counter("webhooks", "Webhook calls by what became of them", "channel", "outcome")
        self.events = self._counter("events", "Events in webhooks, by name", "channel", "event")
        self.signatures = self._counter("signatures", "Which formula a signature matched", "channel", "formula")
        self.turns = self._counter("turns", "Turns of conversations", "outcome")
        self.sends = self._counter("sends", "Calls to platforms by outcome", "channel", "outcome", "reason")
        self.refreshes = self._counter("token_refreshes", "Token refreshes by outcome", "channel", "outcome")
        self.looks = self._counter("picture_looks", "Looks for QR codes in pictures, by outcome", "outcome")
        self.takeovers = self._counter("lease_takeovers", "Rows taken over from a dead sender")
        self.group_size = Histogram(
            "muadam_group_size",
            "Payloads in one transaction",
            buckets=(1, 2, 4, 8, 16, 32, 64),
            registry=self.registry,
        )
        self.group_seconds = Histogram(
            "muadam_group_seconds", "Time of one transaction", buckets=SECONDS, registry=self.registry
        )
        self.ack_seconds = Histogram(
            "muadam_ack_seconds", "Webhook in to 200 out", buckets=SECONDS, registry=self.registry
        )
        self.reply_seconds = Histogram(
            "muadam_reply_seconds", "Reply queued to reply taken", buckets=SECONDS, registry=self.registry
        )
        self.waiting = Gauge("muadam_writer_waiting", "Payloads waiting for a transaction", registry=self.registry)

    def _counter(self, name: str, help_text: str, *labels: str) -> Counter:
        return Counter(f"muadam_{name}", help_text, labels, registry=self.registry)
