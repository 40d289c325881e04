"""A manifest of trusted documents is read in the forms that compilers write, or refused."""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.bootstrap import StartFailed
from gateway.bootstrap.trusting import (
    LARGEST_MANIFEST_BYTES,
    MOST_FAULTS,
    faults_of,
    read_manifest,
    trusted_documents_of,
)
from gateway.cli import app
from gateway.model.principal import PrincipalKind
from gateway.settings import Settings, SettingsInvalid, read_settings
from tests.integration.web.serving import logging_to

TEXT = "query Kind { viewer { kind } }"
ID = sha256(TEXT.encode()).hexdigest()
BROKEN = "{ nothing }"
BROKEN_ID = sha256(BROKEN.encode()).hexdigest()


def written(folder: Path, told: Any) -> Path:
    path = folder / "manifest.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told))
    return path


def settings(folder: Path, **documents: Any) -> Settings:
    tree = {"database": {"embedded": True}, "documents": documents}
    return read_settings(tree, {}, folder)


@pytest.mark.parametrize(
    "told",
    [
        {ID: TEXT},
        {f"sha256:{ID}": TEXT},
        {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [{"id": ID, "name": "Kind", "type": "query", "body": TEXT}],
        },
    ],
    ids=["relay", "with its algorithm", "apollo"],
)
def test_each_form_is_read(tmp_path: Path, told: Any) -> None:
    written(tmp_path, told)
    known = trusted_documents_of(
        settings(tmp_path, manifest_file="manifest.json", required_for=["storefront"])
    )
    assert known.texts == {ID: TEXT}
    assert known.required_for == {PrincipalKind.STOREFRONT}


@pytest.mark.parametrize(
    "told",
    [
        "{",
        [],
        {ID: 7},
        {"format": "apollo-persisted-query-manifest"},
        {"format": "apollo-persisted-query-manifest", "operations": [{"id": ID}]},
        {"format": "apollo-persisted-query-manifest", "operations": ["a"]},
    ],
)
def test_another_form_is_refused_with_the_form_that_is_read(tmp_path: Path, told: Any) -> None:
    with pytest.raises(StartFailed, match=re.escape('write {"<sha256>": "<text>"}')):
        read_manifest(written(tmp_path, told))


def test_every_id_that_is_not_its_texts_hash_is_named(tmp_path: Path) -> None:
    md5 = "5eb63bbbe01eeed093cb22bb8f5acdc3"
    with pytest.raises(StartFailed) as failed:
        read_manifest(written(tmp_path, {ID: TEXT, md5: TEXT, ID[:-1]: TEXT}))
    assert [each.split()[1] for each in failed.value.faults] == [md5, ID[:-1]]
    with pytest.raises(StartFailed) as failed:
        read_manifest(written(tmp_path, {f"id{n}": TEXT for n in range(1000)}))
    assert len(failed.value.faults) == MOST_FAULTS


def test_a_manifest_that_is_too_large_or_cannot_be_read_is_refused(tmp_path: Path) -> None:
    large = written(tmp_path, json.dumps({ID: TEXT}).ljust(LARGEST_MANIFEST_BYTES + 1))
    with pytest.raises(StartFailed, match="larger than 16777216 bytes"):
        read_manifest(large)
    with pytest.raises(StartFailed, match="cannot be read"):
        read_manifest(tmp_path / "none.json")


def test_documents_that_this_schema_or_the_limits_refuse_are_named(tmp_path: Path) -> None:
    texts = {
        "a" * 64: TEXT,
        "b" * 64: "{ nothing }",
        "c" * 64: "{",
        "d" * 64: "{ viewer {" + " kind" * 100 + " } }",
    }
    found = faults_of(texts, settings(tmp_path))
    assert [each.partition(":")[0] for each in found] == ["b" * 12, "c" * 12, "d" * 12]
    assert found[0] == f"{'b' * 12}: Cannot query field 'nothing' on type 'Query'."


def test_what_is_required_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as invalid:
        settings(tmp_path, required_for=["storefront"])
    (fault,) = invalid.value.faults
    assert (fault.path, fault.message) == (
        "documents", "trusted documents are required; give manifest_file",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "code", "line"),
    [
        ({ID: TEXT}, 0, "1 trusted, 1 can be executed"),
        (
            {BROKEN_ID: BROKEN},
            1,
            f"{BROKEN_ID[:12]}: Cannot query field 'nothing' on type 'Query'.",
        ),
        ({ID: BROKEN}, 1, "is not the SHA-256 of its text"),
    ],
)
def test_a_configuration_is_checked_with_its_documents(
    tmp_path: Path, told: Any, code: int, line: str
) -> None:
    written(tmp_path, told)
    (tmp_path / "trama.toml").write_text(
        'documents = { manifest_file = "manifest.json" }\ndatabase = { embedded = true }\n'
    )
    with logging_to("json"):
        answer = CliRunner().invoke(app, ["check", "-c", str(tmp_path / "trama.toml")])
    assert (answer.exit_code, line in answer.output) == (code, True), answer.output
