# A handshake in memory: X25519, ECDSA, a certificate, and the cipher with its MAC.
import ssl, sys
def talk(version, cipher):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain("ec.pem", "ec.key")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations("ec.pem")
    for one in (server, client):
        one.maximum_version = version
        if cipher: one.set_ciphers(cipher)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(down, up, server_hostname="localhost"),
            server.wrap_bio(up, down, server_side=True)]
    waiting = list(ends)
    while waiting:
        for end in list(waiting):
            try:
                end.do_handshake()
                waiting.remove(end)
            except ssl.SSLWantReadError:
                pass
    text = open("text", "rb").read()
    ends[0].write(text)
    got = b""
    while len(got) < len(text): got += ends[1].read()
    print(got == text, ends[0].cipher())
for round in range(int(sys.argv[1])):
    talk(ssl.TLSVersion.TLSv1_3, None)
    talk(ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-CHACHA20-POLY1305")
