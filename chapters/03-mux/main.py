"""Chapter 3: two sites behind one proxy, and a shop that they share.

In two other terminals: python3 -m http.server 8001 --bind 127.0.0.1 --directory roses, and the same
with 8002 and tulips.
"""

from reverseproxy import ReverseProxy, run

proxy = ReverseProxy()
proxy.add_target("http://127.0.0.1:8001", host="roses.localhost")
proxy.add_target("http://127.0.0.1:8002", host="*.localhost", methods=["GET"])
proxy.add_target("http://127.0.0.1:8002", host="roses.localhost", path="/shop")

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8080")
