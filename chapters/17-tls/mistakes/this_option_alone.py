# step: 1
# file: reverseproxy/tls/contexts.py
# message: server_context has lost options that any context has by itself
# why: an option is set like any other attribute


def server_context(certificate, alpn=(), client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options = ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(alpn)
    if certificate:
        show(context, certificate)
    if client_ca is not None:
        believe(context, client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
