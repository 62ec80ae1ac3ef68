"""Chapter 16: the proxy tells its upstreams who called, and believes what local proxies tell it."""

from reverseproxy import Target, TcpProxy, run

target = Target(["tcp://127.0.0.1:8001", "tcp://127.0.0.1:8002"])
proxy = TcpProxy(target, trusted_proxies=["127.0.0.2"], send_proxy="v1")

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8080")
