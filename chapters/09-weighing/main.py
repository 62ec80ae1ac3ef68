"""Chapter 9: three upstreams, and the third can do half as much as each of the others."""

from reverseproxy import ReverseProxy, run

proxy = ReverseProxy()
proxy.add_target(
    {"http://127.0.0.1:8001": 2, "http://127.0.0.1:8002": 2, "http://127.0.0.1:8003": 1}
)

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8080")
