# cmake -D SOURCE=… -D OUT=… -P bench/commit.cmake: writes OUT, a source that says which commit the
# tree is at, and leaves it alone when it says so already, so that nothing is compiled for it again.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --exclude=* --abbrev=7
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                RESULT_VARIABLE failed)
if(failed)
  set(commit "unknown-dirty")
endif()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[
#include "bench/commit.h"

namespace sdmp::bench {

const char* commit() {
  return "@commit@";
}

}  // namespace sdmp::bench
]])
