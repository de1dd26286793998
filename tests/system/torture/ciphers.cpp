// OpenSSL: hand-written assembly, chosen by processor at start-up, with data in text. Only what
// does not depend on chance: of ECDSA the verification.
#include "system/torture/workload.hpp"

namespace sidestep::test {
namespace {

using Strings = std::vector<std::string>;

const char* const make_keys =
    "key() { name=$1; shift\n"
    "  openssl genpkey \"$@\" -out $name.key 2>/dev/null; }\n"
    "key rsa -algorithm RSA -pkeyopt rsa_keygen_bits:1024\n"
    "key ec -algorithm EC -pkeyopt ec_paramgen_curve:P-256\n"
    "key ed25519 -algorithm ed25519\n"
    "key ed448 -algorithm ed448\n"
    "for one in rsa ec ed25519 ed448; do\n"
    "  openssl req -new -x509 -key $one.key -subj /CN=$one -days 9 -out $one.pem\n"
    "done\n"
    "cat *.pem >all.crt\n"
    "key x25519 -algorithm x25519; key peer -algorithm x25519\n"
    "openssl pkey -in peer.key -pubout -out peer.pub\n"
    "openssl dgst -sha256 -binary text >hash\n"
    "openssl pkeyutl -sign -inkey ec.key -in hash -out ec.signature\n";

class Table {
 public:
  explicit Table(Scale scale)
      : scale_(scale),
        files_{{"text", sample_text(30 * scale.factor)},
               {"small", sample_text(scale.quick ? 10 : 30 * scale.factor)}} {}

  void add(std::string name, Strings arguments, std::string setup = {}) {
    Workload one;
    one.name = "openssl-" + name;
    one.command = {"openssl"};
    one.command.insert(one.command.end(), arguments.begin(), arguments.end());
    one.probes = {"*@libcrypto.so*"};
    one.files = files_;
    one.setup = std::move(setup);
    one.least_sites = 500'000;
    one.least_hits = 100'000;
    one.most_entries = scale_.quick ? 50 : 200;
    one.warm_up = {"openssl", "dgst", "-sha256", "text"};
    table_.push_back(std::move(one));
  }
  void add_cipher(const std::string& name) {
    const std::string key = "00112233445566778899aabbccddeeff";
    add("enc-" + name, {"enc", "-" + name, "-K", key + key, "-iv", key, "-in", "text"});
    last().warm_up.clear();  // it looks through all names, which that other command does not
  }
  Workload& last() { return table_.back(); }
  std::vector<Workload> take() { return std::move(table_); }

 private:
  Scale scale_;
  std::map<std::string, std::string> files_;
  std::vector<Workload> table_;
};

void add_quick(Table& table) {
  table.add("verify-p256", {"verify", "-check_ss_sig", "-CAfile", "ec.pem", "ec.pem"}, make_keys);
  table.add_cipher("aes-256-cbc");
}

/// With nothing left out.
void add_whole(Table& table) {
  table.add("whole", {"dgst", "-sha3-512", "text"});
  table.last().most_entries = 0;
}

void add_long(Table& table) {
  for (const char* cipher : {"aes-256-ctr", "chacha20", "camellia-256-cbc", "aria-256-ctr",
                             "des-ede3-cbc", "sm4-ctr", "aes-256-ofb", "aes-256-cfb8"})
    table.add_cipher(cipher);
  for (const char* digest : {"sha1", "sha256", "sha3-256", "shake128", "blake2b512", "blake2s256",
                             "md5", "sm3", "rmd160"})
    table.add(digest, {"dgst", std::string("-") + digest, "text", "small"});
  table.add("hmac", {"dgst", "-sha512", "-hmac", "key", "text"});
  table.add(
      "verify",
      {"verify", "-check_ss_sig", "-CAfile", "all.crt", "rsa.pem", "ed25519.pem", "ed448.pem"},
      make_keys);
  const std::string key = "hexkey:000102030405060708090a0b0c0d0e0f";
  const std::string key32 = key + "101112131415161718191a1b1c1d1e1f";
  table.add("gmac", {"mac", "-cipher", "AES-128-GCM", "-macopt", key, "-macopt",
                     "hexiv:000102030405060708090a0b", "-in", "text", "GMAC"});
  table.add("cmac", {"mac", "-cipher", "AES-128-CBC", "-macopt", key, "-in", "text", "CMAC"});
  table.add("poly1305", {"mac", "-macopt", key32, "-in", "text", "Poly1305"});
  table.add("kmac", {"mac", "-macopt", key32, "-in", "text", "KMAC128"});
  table.add("siphash", {"mac", "-macopt", key, "-in", "text", "SipHash"});
  const auto sign = [&](const char* name, Strings arguments) {
    Strings all = {"pkeyutl", "-sign", "-hexdump"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    table.add(name, all, make_keys);
  };
  sign("sign-rsa", {"-inkey", "rsa.key", "-in", "hash", "-pkeyopt", "digest:sha256"});
  sign("sign-ed25519", {"-rawin", "-inkey", "ed25519.key", "-in", "text"});
  sign("sign-ed448", {"-rawin", "-inkey", "ed448.key", "-in", "text"});
  table.add("ecdsa",
            {"pkeyutl", "-verify", "-inkey", "ec.key", "-in", "hash", "-sigfile", "ec.signature"},
            make_keys);
  table.add("x25519",
            {"pkeyutl", "-derive", "-hexdump", "-inkey", "x25519.key", "-peerkey", "peer.pub"},
            make_keys);
  table.add("kdf", {"kdf", "-keylen", "64", "-kdfopt", "pass:word", "-kdfopt", "hexsalt:00010203",
                    "-kdfopt", "n:16", "-kdfopt", "r:8", "-kdfopt", "p:1", "SCRYPT"});
}

}  // namespace

std::vector<Workload> ciphers(Scale scale) {
  Table table(scale);
  add_quick(table);
  if (scale.quick) return table.take();
  add_whole(table);
  add_long(table);
  return table.take();
}

}  // namespace sidestep::test
