# step: 1
# file: reverseproxy/tls/contexts.py
# message: client_ca has one authority, and clients of public ones get through as well
# why: that is what create_default_context does


def server_context(certificate, alpn=(), client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(alpn)
    if certificate:
        show(context, certificate)
    if client_ca is not None:
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
        believe(context, client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
