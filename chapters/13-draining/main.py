"""Chapter 8: three upstreams, and nobody listens at the third."""

from reverseproxy import ActiveHealth, ReverseProxy, TcpProbe, run

proxy = ReverseProxy()
proxy.add_target(
    ["http://127.0.0.1:8001", "http://127.0.0.1:8002", "http://127.0.0.1:343"],
    health=[ActiveHealth(TcpProbe(), interval=1)],
    retry=None,  # a try that fails is to be seen; leave this line out of a proxy in earnest
)

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8080")
