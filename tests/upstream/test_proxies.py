"""Which proxy a request goes through."""

import pytest

from tierwise.upstream.door import Broken
from tierwise.upstream.heads import Proxy, basic, place
from tierwise.upstream.proxies import is_loopback, proxy_for

PROXY = Proxy("proxy", 3128)
HTTP = {"http": "http://proxy:3128"}
HTTPS = {"https": "http://proxy:3128"}


@pytest.mark.parametrize(
    ("url", "proxies", "expected"),
    [
        ("http://example.com/", {}, None),
        ("http://example.com/", HTTP, PROXY),
        ("https://example.com/", HTTP, None),
        ("https://example.com/", HTTPS, PROXY),
        ("http://example.com/", HTTPS, None),
        ("http://example.com/", {"all": "http://proxy:3128"}, PROXY),
        ("https://example.com/", {"all": "http://proxy:3128"}, PROXY),
        ("https://example.com/", {"all": "http://other:1", **HTTPS}, PROXY),
        ("https://example.com/", {"https": ""}, None),
        ("https://example.com/", {"https": "proxy:3128"}, PROXY),
        ("https://example.com/", {"https": "http://proxy"}, Proxy("proxy", 80)),
        ("https://example.com/", {"https": "http://[::1]:3128/"}, Proxy("::1", 3128)),
        ("https://example.com/", {"https": "http://me:p%40ss@proxy:3128"}, Proxy("proxy", 3128, basic("me", "p@ss"))),
        ("https://example.com/", {"https": "http://me@proxy:3128"}, Proxy("proxy", 3128, basic("me", ""))),
        ("https://example.com/", {**HTTPS, "no": "example.com"}, None),
        ("https://api.example.com/", {**HTTPS, "no": "other.org, .example.com"}, None),
        ("https://api.example.com/", {**HTTPS, "no": "example.com"}, None),
        ("https://example.com:8443/", {**HTTPS, "no": "example.com:8443"}, None),
        ("https://example.com/", {**HTTPS, "no": "example.com:8443"}, PROXY),
        ("https://notexample.com/", {**HTTPS, "no": "example.com"}, PROXY),
        ("https://example.com/", {**HTTPS, "no": "*"}, None),
        ("http://localhost:8000/", HTTP, None),
        ("http://127.0.0.1:8000/", HTTP, None),
        ("http://127.9.9.9/", HTTP, None),
        ("http://[::1]:8000/", HTTP, None),
        ("http://model.localhost/", HTTP, None),
        ("http://localhost.example.com/", HTTP, PROXY),
    ],
)
def test_the_proxy_is_the_schemes_unless_the_host_is_excepted(url: str, proxies: dict[str, str], expected: Proxy | None) -> None:
    assert proxy_for(place(url), proxies) == expected


def test_this_machine_is_asked_through_a_proxy_where_that_is_wanted() -> None:
    assert proxy_for(place("http://127.0.0.1:8000/"), HTTP, loopback=True) == PROXY
    assert proxy_for(place("http://127.0.0.1:8000/"), {**HTTP, "no": "127.0.0.1"}, loopback=True) is None


@pytest.mark.parametrize("url", ["socks5://me:secret@proxy:1080", "https://proxy:3128", "http://", "http://proxy:secret", "http://[::1"])
def test_a_proxy_that_cannot_be_used_is_a_fault_and_not_passed_by(url: str) -> None:
    with pytest.raises(Broken) as raised:
        proxy_for(place("https://example.com/"), {"https": url})
    assert raised.value.fault.kind == "proxy"
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(("host", "here"), [("localhost", True), ("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("x.org", False)])
def test_this_machine_is_known_by_its_names(host: str, here: bool) -> None:  # noqa: FBT001  # a column of the table
    assert is_loopback(host) is here
