"""Keyed policies and their keys: settings, odd names, and threads that meet."""

import threading

import pytest

from reverseproxy import ConfigurationError, ReverseProxy
from reverseproxy.keys import Key
from reverseproxy.message import RequestHead
from reverseproxy.policies.ring import Ring, host_and_port, ring_of
from reverseproxy.policies.tables import Tables, Work
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams

TWO = ["http://a", "http://b"]


@pytest.mark.parametrize("key", ["session", "cookie", "cookie:", "cookie:a b", "address:x", "ip"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ConfigurationError, match="key") as caught:
        ReverseProxy().add_target(TWO, policy="ring", key=key)
    assert (caught.value.key, caught.value.value) == ("key", key)


def test_a_key_that_nobody_asks_for_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="needs a keyed policy: ring"):
        ReverseProxy().add_target(TWO, key="address")


def test_a_request_of_nobody_has_a_key_all_the_same() -> None:
    head = RequestHead("GET", b"/", [], "1.1", "http", "", 0)
    assert Key.parse("cookie:a").of(head, "unknown") == b"unknown"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("h:8080", (b"h", b"8080")),
        ("h", (b"h", b"")),
        ("h:", (b"h", b"")),
        ("[::1]", (b"[::1]", b"")),
        ("[::1]:80", (b"[::1]", b"80")),
        ("h:80/app", (b"h:80/app", b"")),
    ],
)
def test_a_name_is_cut_where_nginx_cuts_it(name: str, expected: tuple[bytes, bytes]) -> None:
    assert host_and_port(name) == expected


def test_a_name_is_taken_as_it_was_written() -> None:
    written = ["http://h", "http://H2:80", "http://h3/", "http://h3:80/app", "http://[0::1]:80"]
    assert [Upstream.parse(url).name for url in written] == [
        "h",
        "H2:80",
        "h3",
        "h3:80/app",
        "[0::1]:80",
    ]


def test_two_with_one_name_have_points_of_their_own() -> None:
    them = Upstreams.parse(["http://h", "https://h", "http://h/app"])
    assert [each.name for each in them] == ["h", "https://h", "h/app"]
    assert set(ring_of(them).owners) == set(them)


def test_nobody_is_called_otherwise_when_another_one_goes() -> None:
    plain, *others = Upstreams.parse(["http://h", "https://h", "https://h:8443", "http://g"])
    all_of_them, fewer = Upstreams([plain, *others]), Upstreams(others)
    before, after = Ring(), Ring()
    for number in range(1000):
        key = b"%d" % number
        had = before.find(key, all_of_them, lambda _: True)
        assert had is plain or after.find(key, fewer, lambda _: True) is had


def test_weight_0_is_on_no_ring() -> None:
    them = Upstreams.parse({"http://a": 0, "http://b": 1, "http://c": 1})
    asked: list[Upstream] = []

    def refuses(upstream: Upstream) -> bool:
        asked.append(upstream)
        return False

    assert Ring().find(b"ann", them, refuses) is None
    assert set(asked) == set(them[1:])


def test_a_table_that_comes_late_never_replaces_a_newer_one() -> None:
    three, four, five = (
        Upstreams.parse([f"http://h:{n + 1}" for n in range(count)]) for count in (3, 4, 5)
    )
    threads: list[threading.Thread] = []

    class Watched(Tables[int]):
        """Lets a newer build begin, and end if it can, between the look and the change."""

        def __setattr__(self, name: str, value: object) -> None:
            if name == "_table" and value == 4:
                self.table(five)
                threads[-1].join(0.05)
            super().__setattr__(name, value)

    def do(work: Work) -> None:
        threads.append(threading.Thread(target=work))
        threads[-1].start()

    tables = Watched(len, do)
    tables.table(three)
    tables.table(four)
    for number in range(2):
        threads[number].join(10)
    assert tables.table(five) == 5
    assert len(threads) == 2


def test_a_build_that_raises_is_reported_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    three, four = (Upstreams.parse([f"http://h:{n + 1}" for n in range(c)]) for c in (3, 4))
    reported, raises = list[BaseException | None](), [False, True, False]

    def build(upstreams: Upstreams) -> int:
        if raises.pop(0):
            raise MemoryError
        return len(upstreams)

    def do(work: Work) -> None:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(10)

    monkeypatch.setattr(threading, "excepthook", lambda args: reported.append(args.exc_value))
    tables = Tables(build, do)
    tables.table(three)
    assert tables.table(four) == 3
    assert [type(error) for error in reported] == [MemoryError]
    assert tables.table(four) == 4
    assert len(reported) == 1


def test_a_build_that_cannot_be_begun_is_logged_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    three, four = (Upstreams.parse([f"http://h:{n + 1}" for n in range(c)]) for c in (3, 4))
    threads = list[threading.Thread]()

    def start(thread: threading.Thread) -> None:
        threads.append(thread)
        if len(threads) == 1:
            raise RuntimeError("can't start new thread")
        thread.run()

    monkeypatch.setattr(threading.Thread, "start", start)
    tables = Tables[int](len)
    tables.table(three)
    assert [tables.table(four) for _ in range(3)] == [3, 4, 4]
    assert len(threads) == 2
    assert [record.message for record in caplog.records] == [
        "no new table can be built, and the old one serves: can't start new thread"
    ]


def test_the_first_build_may_raise_as_well() -> None:
    raises = [True, False]

    def build(upstreams: Upstreams) -> int:
        if raises.pop(0):
            raise MemoryError
        return len(upstreams)

    tables, three = Tables(build), Upstreams.parse(["http://a", "http://b", "http://c"])
    with pytest.raises(MemoryError):
        tables.table(three)
    assert tables.table(three) == 3
