# step: 1
# file: reverseproxy/tls/contexts.py
# message: a client ['h2', 'http/1.1'], and what is spoken is None
# why: who speaks what, both sides know


def server_context(certificate, alpn=(), client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    if certificate:
        show(context, certificate)
    if client_ca is not None:
        believe(context, client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
