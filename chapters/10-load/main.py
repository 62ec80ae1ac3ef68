"""Chapter 10: three upstreams, and the next request goes to the one with the least to do."""

from reverseproxy import ReverseProxy, run

proxy = ReverseProxy()
proxy.add_target(
    ["http://127.0.0.1:8001", "http://127.0.0.1:8002", "http://127.0.0.1:8003"],
    policy="least-conn",  # or "p2c"
)

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8080")
