"""Chapter 12: one page goes to always the same upstreams, and to more of them when it is busy."""

from reverseproxy import BoundedLoad, Maglev, ReverseProxy, run

proxy = ReverseProxy()
proxy.add_target(
    ["http://127.0.0.1:8001", "http://127.0.0.1:8002", "http://127.0.0.1:8003"],
    policy=BoundedLoad(Maglev()),
    key="path",
)

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8080")
