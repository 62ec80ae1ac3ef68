"""Chapter 15: three upstreams that do the same work, whatever is spoken with them.

The page starts them: on 8001, 8002 and 8003.
"""

from reverseproxy import Target, TcpProxy, run

target = Target(["tcp://127.0.0.1:8001", "tcp://127.0.0.1:8002", "tcp://127.0.0.1:8003"])
proxy = TcpProxy(target)

if __name__ == "__main__":
    run(proxy, listen="127.0.0.1:8080")
