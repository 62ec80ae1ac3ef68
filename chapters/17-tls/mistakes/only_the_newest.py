# step: 1
# file: reverseproxy/tls/contexts.py
# message: an upstream that speaks TLSv1_2 was refused
# why: TLS 1.3 has been there since 2018


@cache
def upstream_context(settings, alpn):
    if settings.ca_file is None:
        context = httpx.create_ssl_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        believe(context, settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(alpn)
    if settings.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.certificate:
        show(context, settings.certificate)
    return context
