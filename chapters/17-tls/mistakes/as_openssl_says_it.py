# step: 1
# file: reverseproxy/tls/contexts.py
# message: ConfigurationError says which file it is, and this: FileNotFoundError
# why: the library has two lines for that


def server_context(certificate, alpn=(), client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(alpn)
    if certificate:
        context.load_cert_chain(certificate.chain, certificate.key, password="")
    if client_ca is not None:
        believe(context, client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
