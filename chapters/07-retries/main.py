"""Chapter 7."""

from reverseproxy import ReverseProxy, run

proxy = ReverseProxy()
proxy.add_target(["http://127.0.0.1:8001", "http://127.0.0.1:8002", "http://127.0.0.1:8003"])

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8080")
