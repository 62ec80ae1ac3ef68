"""What is said about files that cannot be used, and about upstreams that nobody verifies."""

import logging
from pathlib import Path

import pytest

from reverseproxy import Certificate, Certificates, ConfigurationError, ReverseProxy, UpstreamTls


def test_a_file_that_is_no_pem_is_named_without_openssl_s_internals(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("rubbish")
    with pytest.raises(ConfigurationError, match=r"rubbish\.pem.*\(cannot be read\)") as raised:
        Certificates(Certificate(rubbish, rubbish))
    assert "ssl.c" not in str(raised.value)


def test_the_warning_says_whose_upstreams_are_not_verified(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        ReverseProxy().add_target(
            ["https://localhost:8001", "https://localhost:8002"],
            host="shop.test",
            tls=UpstreamTls(insecure_skip_verify=True),
        )
    said = "insecure_skip_verify: anybody can pass for the upstreams of shop.test"
    assert [record.getMessage() for record in caplog.records] == [said]
