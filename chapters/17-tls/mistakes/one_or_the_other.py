# step: 1
# file: reverseproxy/tls/contexts.py
# message: insecure_skip_verify, an upstream asks for our certificate, and it sees none
# why: nothing is verified any more


@cache
def upstream_context(settings, alpn):
    if settings.ca_file is None:
        context = httpx.create_ssl_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        believe(context, settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(alpn)
    if settings.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif settings.certificate:
        show(context, settings.certificate)
    return context
