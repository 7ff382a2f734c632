#include "tests/engine/protocol/object_maker.h"

namespace sdmp::protocol::testing {
namespace {

using codec::Error;
using Rows = std::vector<MalformedObject>;

constexpr Cause kInvalid = Cause::kObjectInvalid;

Rows json_rows(const ObjectMaker& maker) {
  const std::string good = maker.payload();
  const auto row = [&maker](std::string name, const std::string& json, Error error) {
    return MalformedObject{std::move(name), maker.with_payload(json), kInvalid, error};
  };
  return {
      row("PayloadNotJson", "connection", Error::kJsonSyntax),
      row("PayloadArray", "[" + good + "]", Error::kPayloadShape),
      row("PayloadString", "\"x\"", Error::kPayloadShape),
      row("PayloadWithTail", good + "x", Error::kJsonSyntax),
      row("PayloadTwice", good + good, Error::kJsonSyntax),
      row("PayloadWithByteOrderMark", "\xef\xbb\xbf" + good, Error::kJsonSyntax),
      row("PayloadInvalidUtf8", replaced(good, "0.10.4", "0.10.4-\xff"), Error::kUtf8),
      row("PayloadLoneSurrogate", replaced(good, "0.10.4", "0.10.4-\\udc00"), Error::kUtf8),
      row("PayloadDuplicateSdmp", replaced(good, "{", "{\"sdmp\":{},"), Error::kJsonDuplicate),
      row("PayloadDuplicateG", replaced(good, "{\"g\"", "{\"g\":9,\"g\""), Error::kJsonDuplicate),
      row("PayloadDuplicateEscaped", replaced(good, "{\"g\"", "{\"\\u0067\":9,\"g\""),
          Error::kJsonDuplicate),
      row("PayloadTooDeep",
          replaced(good, "{", "{\"x\":" + std::string(16, '[') + std::string(16, ']') + ","),
          Error::kJsonTooDeep),
  };
}

Rows sdmp_rows(const ObjectMaker& maker) {
  const std::string fingerprint = maker.fingerprint();
  const auto row = [&maker](std::string name, const std::string& from, const std::string& to,
                            Error error) {
    return MalformedObject{std::move(name), maker.edited_payload(from, to), kInvalid, error};
  };
  const auto version = [&row](std::string name, const std::string& text) {
    return row(std::move(name), "\"0.10.4\"", "\"" + text + "\"", Error::kVersion);
  };
  return {
      row("SdmpMissing", "\"sdmp\"", "\"sdnp\"", Error::kPayloadShape),
      row("VersionMissing", "\"version\":\"0.10.4\",", "", Error::kPayloadShape),
      row("VersionNumber", "\"0.10.4\"", "0.10", Error::kPayloadShape),
      version("VersionEmpty", ""),
      version("VersionTwoNumbers", "0.10"),
      version("VersionFourNumbers", "0.10.4.1"),
      version("VersionWithV", "v0.10.4"),
      version("VersionLeadingZero", "0.10.04"),
      version("VersionOlder", "0.9.0"),
      version("VersionNewer", "0.11.0"),
      version("VersionOne", "1.0.0"),
      version("VersionEmptySuffix", "0.10.4-"),
      row("PublisherMissing", "\"publisher\":\"" + fingerprint + "\",", "", Error::kPayloadShape),
      row("PublisherNull", "\"" + fingerprint + "\"", "null", Error::kPayloadShape),
      row("PublisherShort", fingerprint, fingerprint.substr(1), Error::kPublisher),
      row("PublisherPadded", fingerprint, fingerprint + "==", Error::kPublisher),
      row("PublisherEmpty", fingerprint, "", Error::kPublisher),
      row("PublisherTrailingBits", fingerprint, std::string(85, 'A') + "B", Error::kPublisher),
      row("SdmpMember", "{\"version\"", "{\"x\":1,\"version\"", Error::kConnectionMember),
      row("SdmpUpdates", "{\"version\"", "{\"updates\":[],\"version\"", Error::kConnectionMember),
  };
}

Rows created_rows(const ObjectMaker& maker) {
  const auto with = [&maker](std::string name, const std::string& text, Cause cause,
                             std::optional<Error> error) {
    return MalformedObject{std::move(name), maker.edited_payload(maker.created(), text), cause,
                           error};
  };
  const auto row = [&with](std::string name, const std::string& text) {
    return with(std::move(name), text, kInvalid, Error::kTimestamp);
  };
  const std::string good = maker.created();
  const codec::UnixMillis now = codec::parse_timestamp(good).value();
  const auto skewed = [&with, now](std::string name, codec::UnixMillis by) {
    return with(std::move(name), codec::format_timestamp(now + by), Cause::kClockSkew,
                std::nullopt);
  };
  const std::string day = good.substr(0, 10);
  return {
      {"CreatedMissing", maker.edited_payload("\"created\":\"" + good + "\",", ""), kInvalid,
       Error::kPayloadShape},
      {"CreatedNumber", maker.edited_payload("\"" + good + "\"", std::to_string(now)), kInvalid,
       Error::kPayloadShape},
      row("CreatedWithoutMillis", good.substr(0, 19) + "Z"),
      row("CreatedTwoDigits", good.substr(0, 22) + "Z"),
      row("CreatedMicros", good.substr(0, 23) + "000Z"),
      row("CreatedComma", replaced(good, ".", ",")),
      row("CreatedOffset", replaced(good, "Z", "+00:00")),
      row("CreatedWithoutZone", good.substr(0, 23)),
      row("CreatedLowerZ", replaced(good, "Z", "z")),
      row("CreatedSpace", replaced(good, "T", " ")),
      row("CreatedMonth13", good.substr(0, 4) + "-13-01T00:00:00.000Z"),
      row("CreatedFebruary30", good.substr(0, 4) + "-02-30T00:00:00.000Z"),
      row("CreatedHour24", day + "T24:00:00.000Z"),
      row("CreatedSecond60", day + "T23:59:60.000Z"),
      row("CreatedTail", good + "Z"),
      skewed("CreatedTooEarly", -300'001),
      skewed("CreatedTooLate", 300'001),
      skewed("CreatedADayAgo", -86'400'000),
      with("CreatedYear0", "0000-01-01T00:00:00.000Z", Cause::kClockSkew, std::nullopt),
      with("CreatedYear9999", "9999-12-31T23:59:59.999Z", Cause::kClockSkew, std::nullopt),
  };
}

Rows schema_rows(const ObjectMaker& maker) {
  const auto row = [&maker](std::string name, const std::string& list, Error error) {
    return MalformedObject{std::move(name), maker.edited_payload("[\"connection\"]", list),
                           kInvalid, error};
  };
  const auto with_resource = [&maker](const std::string& list) {
    return maker.edited_payload("[\"connection\"]", list);
  };
  return {
      row("SchemasEmpty", "[]", Error::kSchemas),
      row("SchemasString", "\"connection\"", Error::kPayloadShape),
      row("SchemasNumberInside", "[\"connection\",1]", Error::kSchemas),
      row("SchemasDuplicate", "[\"connection\",\"connection\"]", Error::kSchemas),
      row("SchemasUnreservedName", "[\"connexion\"]", Error::kSchemas),
      row("SchemasWrongCase", "[\"Connection\"]", Error::kSchemas),
      row("SchemasWithUri", "[\"connection\",\"https://example.org/s\"]", Error::kSchemas),
      row("SchemasUriFirst", "[\"https://example.org/s\",\"connection\"]", Error::kSchemas),
      row("SchemasJournalRequest", "[\"journal_request\"]", Error::kSchemas),
      {"SchemasMissing", maker.edited_payload(",\"schemas\":[\"connection\"]", ""), kInvalid,
       Error::kPayloadShape},
      {"SchemasWithResource", with_resource("[\"connection\",\"resource\"]"), kInvalid,
       Error::kSchemas},
      {"SchemasResource", with_resource("[\"resource\"]"), kInvalid, Error::kSchemas},
  };
}

Rows member_rows(const ObjectMaker& maker) {
  const std::string connection = maker.connection();
  const std::string prime = "\"p\":\"" + maker.prime() + "\"";
  const std::string value = "\"N\":\"" + maker.value() + "\"";
  const auto row = [&maker](std::string name, const std::string& from, const std::string& to,
                            Error error) {
    return MalformedObject{std::move(name), maker.edited_payload(from, to), kInvalid, error};
  };
  return {
      row("ConnectionMissing", ",\"connection\":" + connection, "", Error::kPayloadShape),
      row("ConnectionNull", connection, "null", Error::kPayloadShape),
      row("ConnectionArray", connection, "[" + connection + "]", Error::kPayloadShape),
      row("ConnectionEmpty", connection, "{}", Error::kPayloadShape),
      row("MemberInConnection", "{\"g\"", "{\"x\":1,\"g\"", Error::kConnectionMember),
      row("LowerCaseN", "{\"g\"", "{\"n\":\"AA\",\"g\"", Error::kConnectionMember),
      row("MemberBesideConnection", "{\"sdmp\"", "{\"x\":1,\"sdmp\"", Error::kConnectionMember),
      row("PostBesideConnection", "{\"sdmp\"", "{\"post\":{\"content\":\"x\"},\"sdmp\"",
          Error::kConnectionMember),
      row("GMissing", "\"g\":9,", "", Error::kPayloadShape),
      row("GString", "\"g\":9", "\"g\":\"9\"", Error::kPayloadShape),
      row("GNull", "\"g\":9", "\"g\":null", Error::kPayloadShape),
      row("GLeadingZero", "\"g\":9", "\"g\":09", Error::kJsonSyntax),
      row("GPlus", "\"g\":9", "\"g\":+9", Error::kJsonSyntax),
      row("PMissing", prime + ",", "", Error::kPayloadShape),
      row("PNumber", prime, "\"p\":23", Error::kPayloadShape),
      row("PPadded", prime, "\"p\":\"" + maker.prime() + "=\"", Error::kBase64),
      row("PPlain", maker.prime(), "+" + maker.prime().substr(1), Error::kBase64),
      row("NMissing", "," + value, "", Error::kPayloadShape),
      row("NNull", value, "\"N\":null", Error::kPayloadShape),
      row("NPadded", value, "\"N\":\"" + maker.value() + "=\"", Error::kBase64),
      row("NTrailingBits", value, "\"N\":\"" + std::string(42, 'A') + "B\"", Error::kBase64),
  };
}

}  // namespace

Rows malformed_payloads(const ObjectMaker& maker) {
  Rows all;
  for (const Rows& rows : {json_rows(maker), sdmp_rows(maker), created_rows(maker),
                           schema_rows(maker), member_rows(maker)}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace sdmp::protocol::testing
