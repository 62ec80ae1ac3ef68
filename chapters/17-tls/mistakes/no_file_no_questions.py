# step: 1
# file: reverseproxy/tls/contexts.py
# message: there is no ca_file, and a stranger was believed
# why: without a file, there is nothing to verify against


@cache
def upstream_context(settings, alpn):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if settings.ca_file is not None:
        believe(context, settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(alpn)
    if settings.insecure_skip_verify or settings.ca_file is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.certificate:
        show(context, settings.certificate)
    return context
