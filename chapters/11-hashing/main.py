"""Chapter 11: three upstreams, and each session stays at one of them."""

from reverseproxy import ReverseProxy, run

proxy = ReverseProxy()
proxy.add_target(
    ["http://127.0.0.1:8001", "http://127.0.0.1:8002", "http://127.0.0.1:8003"],
    policy="ring",
    key="cookie:session",
)

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8080")
