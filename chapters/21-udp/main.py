"""Chapter 21: datagrams, and a client that stays with its upstream."""

from reverseproxy import Target, UdpProxy, run

upstreams = ["udp://127.0.0.1:8001", "udp://127.0.0.1:8002", "udp://127.0.0.1:8003"]
proxy = UdpProxy(Target(upstreams, policy="maglev"))

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8053")
