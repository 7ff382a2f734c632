// The reserved schemas as checks over a parsed payload (CON-6, RES-4 ... RES-11, SES-3, SYN-3 ...
// 7).
//
// The four sync messages and `connection` have readers of their own (codec/sync_message.h,
// codec/connection_object.h), because a malformed body has consequences that differ per kind
// (P-FRAME): here they are accepted without a look at their body.
#pragma once

#include "codec/container.h"
#include "codec/error.h"
#include "codec/json.h"

namespace sdmp::codec {

// Whether `payload` satisfies `schema`; kSchemaMismatch when not. kOther is accepted unvalidated.
Result<void> check_schema(Schema schema, json::Value payload);

}  // namespace sdmp::codec
