# step: 1
# file: reverseproxy/tls/contexts.py
# message: its certificate is for another name, and the upstream was believed
# why: upstreams are called by their addresses, and have no names


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
    context.check_hostname = False
    if settings.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.certificate:
        show(context, settings.certificate)
    return context
