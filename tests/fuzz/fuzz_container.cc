// Containers from arbitrary text: JSON, JWS and payload checks, typed readers, URIs.
#include <cstdint>
#include <cstdlib>

#include "codec/connection_object.h"
#include "codec/container.h"
#include "codec/resource.h"
#include "codec/sync_message.h"

using namespace sdmp::codec;

namespace {

void read_everything(const Container& container) {
  std::vector<Identifier> updates;
  (void)read_updates(container, updates);
  (void)read_identity(container);
  (void)verify_identity(container);
  (void)read_relationship(container);
  (void)read_node_ips(container);
  (void)read_journal_request(container);
  JournalUpdate update;
  (void)read_journal_update(container, update);
  (void)read_resource_request(container);
  (void)read_request_identifier(container);
  (void)read_resource_response(container);
  if (check_connection_shape(container)) (void)read_connection(container);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ContainerReader reader;
  static ContainerReader again;
  const std::string_view text = as_text({data, size});
  const auto container = reader.parse_copy(text);
  if (!container) return 0;
  read_everything(*container);
  // What was accepted once is accepted again, with the same name.
  const auto second = again.parse_copy(std::string(text));
  if (!second || second->identifier() != container->identifier()) std::abort();
  return 0;
}
