"""What goes out before the body: no header can become two, and URLs lead where they say."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.upstream.heads import NAMES, OWN, Proxy, basic, head, place, routed

DIRECT = routed("POST", place("https://api.example.com/v1/chat/completions"), None)
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def lines(text: bytes) -> list[str]:
    return text.decode("latin-1").split("\r\n")


@pytest.mark.parametrize(
    ("url", "host", "port", "target", "shown"),
    [
        ("http://example.com", "example.com", 80, "/", "example.com"),
        ("https://example.com/", "example.com", 443, "/", "example.com"),
        ("HTTPS://EXAMPLE.com:443/V1?q=A#part", "example.com", 443, "/V1?q=A", "example.com"),
        ("http://127.0.0.1:8000/v1/x?a=b&c=%20", "127.0.0.1", 8000, "/v1/x?a=b&c=%20", "127.0.0.1:8000"),
        ("http://[::1]:8000/v1", "::1", 8000, "/v1", "[::1]:8000"),
        ("https://[2001:db8::1]/v1", "2001:db8::1", 443, "/v1", "[2001:db8::1]"),
        ("http://example.com:443?only=query", "example.com", 443, "/?only=query", "example.com:443"),
    ],
)
def test_a_url_leads_where_it_says(url: str, host: str, port: int, target: str, shown: str) -> None:
    where = place(url)
    assert (where.host, where.port, where.target) == (host, port, target)
    assert lines(head(routed("GET", where, None), {}, 0, set()))[:2] == [f"GET {target} HTTP/1.1", f"host: {shown}"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/v1",
        "ftp://example.com/",
        "http:///v1",
        "http://example.com:port/",
        "http://example.com:99999/",
        "http://[::1/",
        "http://example.com/a b",
        "http://example.com/\r\nx: y",
        "http://example.com/\n",
        "http://exa\tmple.com/",
        "http://example.com/\0",
        "http://exämple.com/",
    ],
)
def test_a_url_that_is_none_of_http_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        place(url)
    assert not url or url not in str(raised.value)


@pytest.mark.parametrize("method", ["", "GET /", "POST\r\nx:", "É"])
def test_a_method_is_a_token(method: str) -> None:
    with pytest.raises(ValueError, match="method"):
        routed(method, place("http://example.com/"), None)


@pytest.mark.parametrize(
    ("method", "length", "stated"),
    [("POST", 2, "2"), ("POST", 0, "0"), ("PUT", 0, "0"), ("GET", 0, None), ("HEAD", 0, None), ("DELETE", 0, None), ("DELETE", 5, "5")],
)
def test_the_length_is_stated_where_there_may_be_a_body(method: str, length: int, stated: str | None) -> None:
    text = lines(head(routed(method, place("http://example.com/"), None), {"a": "b"}, length, set()))
    assert [line.partition(": ")[2] for line in text if line.startswith("content-length")] == ([] if stated is None else [stated])
    assert text[-2:] == ["", ""]


def test_the_callers_headers_are_sent_and_the_transports_own_are_not_theirs() -> None:
    given_headers = {"Authorization": "Bearer k", "x-a": "", "X-Latin": "caf\xe9\t"} | dict.fromkeys(OWN, "evil")
    text = lines(head(DIRECT, given_headers, 3, set()))
    assert text == [
        "POST /v1/chat/completions HTTP/1.1",
        "host: api.example.com",
        "accept-encoding: identity",
        "authorization: Bearer k",
        "x-a: ",
        "x-latin: caf\xe9\t",
        "content-length: 3",
        "",
        "",
    ]


@pytest.mark.parametrize("bad", ["\r\nx-evil: 1", "\n", "\r", "\0", "a\r\n\r\nGET / HTTP/1.1"])
def test_a_value_cannot_become_another_header(bad: str) -> None:
    with pytest.raises(ValueError, match="value") as raised:
        head(DIRECT, {"authorization": f"Bearer secret{bad}"}, 0, set())
    assert "secret" not in repr(raised.value)


def test_a_value_beyond_latin_1_is_refused_without_being_told() -> None:
    with pytest.raises(ValueError, match="cannot carry") as raised:
        head(DIRECT, {"authorization": "Bearer secret\u2026"}, 0, set())
    assert not isinstance(raised.value, UnicodeError)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\n", "a\n", "é", "a\0", "(a)"])
def test_a_name_is_a_token(name: str) -> None:
    known: set[str] = set()
    for _ in range(2):
        with pytest.raises(ValueError, match="name"):
            head(DIRECT, {"x-good": "1", name: "2"}, 0, known)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=5), st.integers(0, 5))
def test_a_head_has_as_many_lines_as_headers_whatever_they_are(headers: dict[str, str], length: int) -> None:
    try:
        text = head(DIRECT, headers, length, set())
    except ValueError:
        return
    sent = {name.lower(): value for name, value in headers.items() if name.lower() not in OWN}
    assert all(TOKEN.fullmatch(name) for name in sent)
    assert text.count(b"\n") == text.count(b"\r") == len(sent) + 5
    assert text.index(b"\r\n\r\n") == len(text) - 4


def test_names_are_looked_at_once_and_not_kept_for_ever() -> None:
    known: set[str] = set()
    for number in range(2 * NAMES):
        head(DIRECT, {f"x-{number}": "1"}, 0, known)
    assert len(known) <= NAMES + 1


def test_credentials_of_a_url_are_sent_as_a_header_unless_there_is_one() -> None:
    route = routed("GET", place("http://me:p%40ss@example.com/"), None)
    assert f"authorization: {basic('me', 'p@ss')}" in lines(head(route, {}, 0, set()))
    assert [line for line in lines(head(route, {"authorization": "mine"}, 0, set())) if "auth" in line] == ["authorization: mine"]


def test_a_proxy_is_told_the_whole_url_in_plain_http_only() -> None:
    proxy = Proxy("proxy.example", 3128, basic("me", "pass"))
    plain = lines(head(routed("GET", place("http://example.com:81/a?b"), proxy), {}, 0, set()))
    assert plain[:2] == ["GET http://example.com:81/a?b HTTP/1.1", "host: example.com:81"]
    assert f"proxy-authorization: {proxy.authorization}" in plain
    secured = lines(head(routed("GET", place("https://example.com/a"), proxy), {}, 0, set()))
    assert secured[0] == "GET /a HTTP/1.1"
    assert not [line for line in secured if line.startswith("proxy")]


def test_credentials_are_in_no_representation() -> None:
    route = routed("GET", place("http://me:secret@example.com/key=secret"), Proxy("proxy.example", 3128, basic("me", "secret")))
    shown = f"{route!r} {route.origin!r} {route.origin.proxy!r} {place('http://me:secret@example.com/key=secret')!r}"
    assert "secret" not in shown
    assert basic("me", "secret") not in shown
