#include "codec/uri.h"

#include <gtest/gtest.h>

namespace sdmp::codec {
namespace {

TEST(Uri, CON_5_Rfc3986Examples) {
  for (const auto* text :
       {"ftp://ftp.is.co.za/rfc/rfc1808.txt", "http://www.ietf.org/rfc/rfc2396.txt",
        "ldap://[2001:db8::7]/c=GB?objectClass?one", "mailto:John.Doe@example.com",
        "news:comp.infosystems.www.servers.unix", "tel:+1-816-555-1212", "telnet://192.0.2.16:80/",
        "urn:oasis:names:specification:docbook:dtd:xml:4.1.2"}) {
    EXPECT_TRUE(is_uri(text)) << text;
  }
}

TEST(Uri, CON_5_EveryPartIsOptionalButTheScheme) {
  for (const auto* text :
       {"a:", "a:b", "a:/", "a://", "a:///", "a://h", "a://h:", "a://h:1/p", "a://u:p@h/",
        "a://u@[::1]:80", "a://[v1.x:y]/", "a:?q", "a:#f", "a:p?q#f", "a:%41%7e", "A+b-c.9:x",
        "a:b//c", "sdmp://HOST/PATH", "a:#f?/:@"}) {
    EXPECT_TRUE(is_uri(text)) << text;
  }
}

TEST(Uri, CON_5_OtherTextsAreNone) {
  for (const auto* text : {"",
                           "post2",
                           "nodeInformation",
                           ":",
                           ":x",
                           "1a:b",
                           "-a:b",
                           "a b:c",
                           "a_b:c",
                           "//host/path",
                           "/path",
                           "../x",
                           "#f",
                           "?q",
                           "a:b c",
                           "a:<b>",
                           "a:\"b\"",
                           "a:b\\c",
                           "a:{b}",
                           "a:b|c",
                           "a:b^c",
                           "a:`",
                           "a:%4",
                           "a:%",
                           "a:%zz",
                           "a:\x7f",
                           "a:\n",
                           "a:b\t",
                           "a:\xc3\xa9",
                           "a:#f#g",
                           "a:[b]",
                           "a://h[",
                           "a://[::1",
                           "a://[::1]x",
                           "a://[::g]/",
                           "a://[1.2.3.4]",
                           "a://[]",
                           "a://[v.x]",
                           "a://[vz.x]",
                           "a://[v1.]",
                           "a://h:8x/",
                           "a://[::1]:x",
                           "a://h:1:2/",
                           "a://u@v@h/",
                           "a://h/p[0]",
                           "a:p?[q]",
                           "a:p#[f]",
                           "a://[fe80::1%25en0]/"}) {
    EXPECT_FALSE(is_uri(text)) << text;
  }
  EXPECT_FALSE(is_uri(std::string_view("a:b\0c", 5)));
  EXPECT_FALSE(is_uri(std::string_view("a://[::1\0]", 10)));
}

}  // namespace
}  // namespace sdmp::codec
