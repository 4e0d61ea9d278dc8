"""What operators see: log lines and metrics."""

from booked.adapters.observing.logs import configure_logging, logging_config
from booked.adapters.observing.observer import LoggingObserver

__all__ = ["LoggingObserver", "configure_logging", "logging_config"]
