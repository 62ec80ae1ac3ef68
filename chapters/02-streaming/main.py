"""Chapter 2: the same proxy as in chapter 1; what it carries now flows.

In another terminal, start something to forward to: python -m http.server 8001
"""

from reverseproxy import ReverseProxy, run

proxy = ReverseProxy()
proxy.add_target("http://127.0.0.1:8001")

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8080")
