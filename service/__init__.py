"""The platform: a BPMN workflow service that knows no procedure of its own."""

__version__ = "0.1.0"
