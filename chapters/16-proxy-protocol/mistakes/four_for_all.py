# step: 1
# file: reverseproxy/proxy_protocol/line.py
# message: is written as b'PROXY TCP4 2001
# why: TCP over IP is TCP over IP


def written(introduction):
    if not introduction.source:
        return b"PROXY UNKNOWN\r\n"
    return (
        f"PROXY TCP4 {introduction.source} {introduction.destination}"
        f" {introduction.source_port} {introduction.destination_port}\r\n"
    ).encode("ascii")
