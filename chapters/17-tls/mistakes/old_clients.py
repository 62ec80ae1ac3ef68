# step: 1
# file: reverseproxy/tls/contexts.py
# message: a client spoke TLS 1.1, and was answered
# why: some clients are old


def server_context(certificate, alpn=(), client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(alpn)
    if certificate:
        show(context, certificate)
    if client_ca is not None:
        believe(context, client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
