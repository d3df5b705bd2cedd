#include "base/secret.h"

#include <openssl/crypto.h>

namespace assayd {

Secret::~Secret() { OPENSSL_cleanse(text_.data(), text_.size()); }

bool EqualsConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace assayd
