"""Reads trama.toml and the environment into Settings, or says everything that is wrong."""

import copy
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gateway.settings.checks import check_names, check_written
from gateway.settings.faults import Fault, SettingsInvalid
from gateway.settings.overrides import apply_overrides, apply_telemetry
from gateway.settings.references import References
from gateway.settings.root import Settings
from gateway.settings.wording import fault_of


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read a file, if one is given, and the environment; raises SettingsInvalid."""
    folder = path.parent if path else Path()
    return read_settings(_tables_of(path) if path else {}, environ, folder)


def read_settings(values: Mapping[str, Any], environ: Mapping[str, str], folder: Path) -> Settings:
    """Read what a file in this folder would say; raises SettingsInvalid."""
    tree = copy.deepcopy(dict(values))
    faults = apply_overrides(tree, environ)
    faults += apply_telemetry(tree, environ)
    references = References(environ, folder)
    resolved = references.resolve(tree)
    faults += [*check_written(tree), *references.faults, *check_names(resolved)]
    settings, invalid = _validated(resolved, folder)
    reported = {fault.path for fault in references.faults}
    faults += [fault for fault in invalid if fault.path not in reported]
    if faults or settings is None:
        raise SettingsInvalid(sorted(set(faults)))
    settings._referenced = frozenset(references.texts)
    return settings


def _tables_of(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise SettingsInvalid([Fault(str(path), f"{reason}; name a readable file")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        text = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "not UTF-8"
        raise SettingsInvalid([Fault(str(path), f"not valid TOML: {text}")]) from None


def _validated(tree: dict[str, Any], folder: Path) -> tuple[Settings | None, list[Fault]]:
    try:
        return Settings.model_validate(tree, context={"folder": folder}), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True, include_input=False)
        return None, [fault_of(detail) for detail in details]
