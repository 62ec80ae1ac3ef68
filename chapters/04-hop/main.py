"""Chapter 4: the public may see /public, and what an upstream hears.

The page has the two upstreams: a file server on port 8001, and one that answers with the request on
port 8002.
"""

from reverseproxy import ReverseProxy, run

proxy = ReverseProxy()
proxy.add_target("http://127.0.0.1:8001", path="/public")
proxy.add_target("http://127.0.0.1:8002", path="/heard")

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8080")
