# step: 1
# file: reverseproxy/client_hello.py
# message: and that raised UnicodeDecodeError
# why: a name is text, and is looked at as text


def server_name(content):
    entries = content.vector(2)
    kind, name = entries.take(1)[0], entries.vector(2).rest.decode()
    if content.rest or entries.rest or kind or not re.fullmatch(NAME.pattern.decode(), name):
        raise HelloRefused("no host has such a name")
    return name.lower()
