"""Chapter 20: records that are acknowledged by an upstream, and then to the client."""

from reverseproxy import LineProxy, Target, run

proxy = LineProxy(
    Target(["tcp://127.0.0.1:8001", "tcp://127.0.0.1:8002"], policy="random"),
    delivery="acknowledged",
    acknowledge=True,
    failback=5.0,
)

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8090")
