"""Chapter 18: two sites on one port. The proxy reads whom a client wants, and no more than that."""

from reverseproxy import ServerNames, Target, TcpProxy, run

names = ServerNames(
    {
        "shop.test": Target(["tcp://127.0.0.1:8001", "tcp://127.0.0.1:8002"]),
        "*.blog.test": Target("tcp://127.0.0.1:8003"),
    }
)
proxy = TcpProxy(names)

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8043")
