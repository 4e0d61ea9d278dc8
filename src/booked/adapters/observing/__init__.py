"""What operators see: log lines and metrics."""

from booked.adapters.observing.logs import configure_logging, logging_config
from booked.adapters.observing.metrics import upkeep_metrics
from booked.adapters.observing.observer import LoggingObserver
from booked.adapters.observing.seldom import Seldom

__all__ = ["LoggingObserver", "Seldom", "configure_logging", "logging_config", "upkeep_metrics"]
