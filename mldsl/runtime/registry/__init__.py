"""What went live: versions of models, which of them is in production, and how that came to be."""

from mldsl.runtime.registry.events import Event, State
from mldsl.runtime.registry.registry import Registry, open_registry, registries, whoami
from mldsl.runtime.registry.versions import RegistryError, Version

__all__ = ["Event", "Registry", "RegistryError", "State", "Version", "open_registry", "registries", "whoami"]
