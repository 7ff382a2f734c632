#include "codec/version.h"

#include <gtest/gtest.h>

namespace sdmp::codec {
namespace {

TEST(Version, CON_2_EveryPatchOfTheSeriesIsAccepted) {
  for (const auto* text :
       {"0.10.0", "0.10.1", "0.10.4", "0.10.99", "0.10.18446744073709551616", "0.10.4-alpha",
        "0.10.4-alpha.1", "0.10.4-0.3.7", "0.10.4-x.7.z.92", "0.10.4-x-y-z.--", "0.10.4+001",
        "0.10.4+20130313144700", "0.10.4-beta+exp.sha.5114f85", "0.10.4+21AF26D3---117B344092BD",
        "0.10.4-0A.is.legal", "0.10.4-0", "0.10.4+0.-.01", "0.10.4--", "0.10.4-01a"}) {
    EXPECT_TRUE(is_accepted_version(text)) << text;
  }
}

TEST(Version, CON_2_OtherSeriesAndOtherGrammarAreRefused) {
  for (const auto* text : {"",
                           "0",
                           "0.10",
                           "0.10.",
                           "0.10.x",
                           "0.9.4",
                           "0.11.0",
                           "1.0.0",
                           "1.10.4",
                           "0.1.4",
                           "0.100.4",
                           "00.10.4",
                           "0.010.4",
                           "0.10.04",
                           "0.10.00",
                           "v0.10.4",
                           " 0.10.4",
                           "0.10.4 ",
                           "0.10.4.1",
                           "0.10.-1",
                           "0.10.4-",
                           "0.10.4+",
                           "0.10.4-+b",
                           "0.10.4-a+",
                           "0.10.4-a..b",
                           "0.10.4-.a",
                           "0.10.4-a.",
                           "0.10.4-01",
                           "0.10.4-a.01",
                           "0.10.4+a+b",
                           "0.10.4+a..b",
                           "0.10.4-a_b",
                           "0.10.4-\xc3\xa9",
                           "0.10.4a",
                           "0.10.+4",
                           "0.10.4\n",
                           "=0.10.4",
                           "0,10,4",
                           "0.10.-alpha"}) {
    EXPECT_FALSE(is_accepted_version(text)) << text;
  }
}

}  // namespace
}  // namespace sdmp::codec
