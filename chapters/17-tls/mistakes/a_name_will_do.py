# step: 1
# file: reverseproxy/tls/contexts.py
# message: UpstreamTls has a name, another one was in the certificate, and that would do
# why: the URL's host is not in the certificate, that is why there is a name


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
    if settings.name:
        context.check_hostname = False
    if settings.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.certificate:
        show(context, settings.certificate)
    return context
