#include "codec/secret.h"

#include <sodium.h>

namespace sdmp::codec {

void wipe(MutableBytes secret) {
  sodium_memzero(secret.data(), secret.size());
}

bool equal_secrets(Bytes a, Bytes b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sdmp::codec
