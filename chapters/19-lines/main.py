"""Chapter 19: records from one connection, spread over two upstreams."""

from reverseproxy import LineProxy, Target, run

proxy = LineProxy(
    Target(["tcp://127.0.0.1:8001", "tcp://127.0.0.1:8002"], policy="random"), failback=5.0
)

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8090")
