// Reads the facts of P-TRUST from the store.
#pragma once

#include <string>
#include <vector>

#include "engine/protocol/trust.h"
#include "engine/relay/address.h"
#include "engine/store/store.h"

namespace sdmp::relay {

protocol::TrustFacts read_trust_facts(store::Reader& reader,
                                      const codec::Fingerprint& operator_user);

// The fingerprints that may answer at an address (P-HS: a dialler knows which it expects): the
// pinned one; else the trusted nodes whose node_information names the address; else, when none
// does, every trusted node but ourselves. Empty: nobody is trusted yet.
std::vector<codec::Fingerprint> expected_at(const PeerAddress& peer, store::Reader& reader,
                                            const protocol::TrustTable& trust,
                                            const codec::Fingerprint& self);

}  // namespace sdmp::relay
