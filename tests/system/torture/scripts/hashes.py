import hashlib, hmac, sys
text = open("text", "rb").read()
for round in range(int(sys.argv[1])):
    for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512",
                 "shake_128", "blake2b", "blake2s", "sm3", "ripemd160"):
        made = hashlib.new(name, text[:700 + round])
        print(name, made.hexdigest(16) if name.startswith("shake") else made.hexdigest())
    print(hmac.new(b"key", text, "sha256").hexdigest())
    print(hashlib.pbkdf2_hmac("sha512", b"word", b"salt", 3).hex())
    print(hashlib.scrypt(b"word", salt=b"salt", n=4, r=2, p=1, dklen=16).hex())
