"""Chapter 7: three upstreams that do the same work, and a request that fails has another try.

The page has a program that plays them: python3 shop.py rose 8001, iris on 8002, and lily on 8003.
"""

from reverseproxy import ReverseProxy, run

proxy = ReverseProxy()
proxy.add_target(["http://127.0.0.1:8001", "http://127.0.0.1:8002", "http://127.0.0.1:8003"])

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8080")
